// Deutsch. Every text of `en.ts`, in its order; the compiler says what is missing.
import type { Words } from '.';
import type { More } from './more';

export const de = {} as Words;

/** What labelling does not need. */
export const deMore = {} as More;
