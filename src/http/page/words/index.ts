// The words that a user reads, in the language that was chosen, else in the phone's.
import { en } from './en';

/** The texts of a language: shaped as the English ones, whatever they say. */
export type Words = Said<typeof en>;
/** A text, or many, in any language. */
export type Said<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Said<T[K]> };

/** The languages there are, each by its own name. To add one: translate `en.ts` into a file beside it, and name it here. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'fieldcoach.language';
const known = (name: string | null | undefined): Language | undefined =>
  (Object.keys(LANGUAGES) as Language[]).find((language) => language === name);

function chosen(): Language | undefined {
  try {
    return known(localStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}

export const language: Language =
  chosen() ?? navigator.languages.map((tag) => known(tag.split('-')[0])).find(Boolean) ?? 'en';
document.documentElement.lang = language;

/** Every text of the page. Chosen before anything is drawn: another language is another load. */
export const words: Words = language === 'de' ? await german() : en;

async function german(): Promise<Words> {
  try {
    return (await import('./de')).de;
  } catch {
    return en; // it could not be fetched; better English than nothing
  }
}

/** Speaks another language from now on. */
export function speak(other: Language): void {
  try {
    localStorage.setItem(KEY, other);
  } catch {
    // then the phone's own it is
  }
  location.reload();
}
