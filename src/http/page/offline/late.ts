// How many saved frames, and things said in clips, wait to be sent, for the top bar.
import { effect, signal } from '@preact/signals';
import { waiting } from './drafts';
import { sayings } from './said';

/** What is on its way is not late yet. */
const PATIENCE = 700;

export const late = signal(0);
let later: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const count = waiting.value.length + sayings.value.length;
  clearTimeout(later);
  if (count <= late.peek()) late.value = count;
  else
    later = setTimeout(() => {
      late.value = count;
    }, PATIENCE);
});
