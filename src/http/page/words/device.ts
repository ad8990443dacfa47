// Sentences that the device says, in the page's language.
import { language } from '.';
import { type Catalogue, translated } from './catalogue';

const catalogue: Catalogue | null = language === 'de' ? await german() : null;

async function german(): Promise<Catalogue | null> {
  return import('./de').then(({ device }) => device).catch(() => null);
}

/** The sentence; in English where the language has none for it. */
export const ofDevice = (text: string): string => (catalogue ? translated(text, catalogue) : text);

/** The same of each part of a list. */
export const ofDeviceEach = (list: string): string => list.split(', ').map(ofDevice).join(', ');
