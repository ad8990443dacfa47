// What time it is by the server's clock, which all times of the fleet are of; this browser's may be off.
import { signal } from '@preact/signals';

/** Milliseconds that the server's clock is ahead of this one. */
let ahead = 0;

/** Takes the time from an answer. It is to the second, and was a moment ago: less than two seconds are no difference. */
export function set(date: string | null): void {
  const off = date ? Date.parse(date) - Date.now() : 0;
  ahead = Math.abs(off) < 2_000 || Number.isNaN(off) ? 0 : off;
}

/** Milliseconds since 1970. */
export const now = (): number => Date.now() + ahead;

/** Changes as often as what is said of times does. */
export const tick = signal(0);
setInterval(() => {
  if (!document.hidden) tick.value += 1;
}, 15_000);
