// How many saved frames wait to be sent, for the top bar.
import { effect, signal } from '@preact/signals';
import { waiting } from './drafts';

/** What is on its way is not late yet. */
const PATIENCE = 700;

export const late = signal(0);
let later: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const count = waiting.value.length;
  clearTimeout(later);
  if (count <= late.peek()) late.value = count;
  else
    later = setTimeout(() => {
      late.value = count;
    }, PATIENCE);
});
