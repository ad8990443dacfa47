// The words that a user reads, in the language of the phone.
import { en } from './en';

export type Words = typeof en;

/** Every text of the page. */
export const words: Words = en;
