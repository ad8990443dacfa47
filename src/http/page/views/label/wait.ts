// Over the picture: that a stroke was not taken, and why. It is never dropped in silence.
import { signal } from '@preact/signals';

/** Milliseconds in which a refusal can be read. */
const READ = 2_500;

export const refusal = signal<string | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export function refuse(why: string): void {
  clearTimeout(timer);
  refusal.value = why;
  timer = setTimeout(() => {
    refusal.value = null;
  }, READ);
}
