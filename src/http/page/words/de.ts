// Deutsch. Every text of `en.ts`, in its order; the compiler says what is missing.

import type { Words } from '.';
import { en } from './en';

export const de: Words = en;
