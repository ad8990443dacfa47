// Sentences that the device says, in the page's language.
import { language } from '.';
import { type Sentences, sentences, translated } from './catalogue';

const known: Sentences = language === 'de' ? await german() : [];

async function german(): Promise<Sentences> {
  return import('./de').then(
    ({ device }) => sentences(device),
    () => [],
  );
}

/** The sentence; in English where the language has none for it. */
export const ofDevice = (text: string): string => translated(text, known);

/** The same of each part of a list. */
export const ofDeviceEach = (list: string): string => list.split(', ').map(ofDevice).join(', ');
