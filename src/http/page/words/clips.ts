// The words of clips, in the same language; the build keeps them with that view.
import { language, type Said } from '.';
import { clips as english } from './en';

export const clips: Said<typeof english> = language === 'de' ? await german() : english;

async function german(): Promise<Said<typeof english>> {
  try {
    return (await import('./de')).deClips;
  } catch {
    return english; // it could not be fetched; better English than nothing
  }
}
