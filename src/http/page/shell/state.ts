// What the shell knows of itself.
import { signal } from '@preact/signals';

/** Whether it is known what may be shown. */
export const ready = signal(false);
