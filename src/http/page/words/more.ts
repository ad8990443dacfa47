// The words of all views but labelling, in the same language. The build keeps them apart from the others: labelling does
// not wait for them.
import { language, type Said } from '.';
import { more as english } from './en';

export type More = Said<typeof english>;

export const more: More = language === 'de' ? await german() : english;

async function german(): Promise<More> {
  try {
    return (await import('./de')).deMore;
  } catch {
    return english; // it could not be fetched; better English than nothing
  }
}
