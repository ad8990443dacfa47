// Numbers, times and sizes as people read them.
import { language, words } from '.';

/** A name somebody gave, as it stands in a sentence: whichever way it is written, the sentence goes on its own. */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

export const percent = (share: number | null | undefined): string => `${Math.round((share ?? 0) * 100)}`;
/** With so many places, as the language writes it. */
export const decimal = (n: number, places: number): string =>
  n.toLocaleString(language, { minimumFractionDigits: places, maximumFractionDigits: places });
/** A metric or a score. */
export const score = (value: number | null | undefined): string => decimal(value ?? 0, 2);
export const bytes = (n: number): string => (n >= 1e9 ? `${decimal(n / 1e9, 1)} GB` : `${Math.round(n / 1e6)} MB`);

/** A wait in words. */
export const lasting = (seconds: number): string =>
  seconds < 90 ? words.seconds(Math.max(1, Math.round(seconds))) : words.minutes(Math.round(seconds / 60));

/** A moment: the time alone where it is today's. */
export function when(time: string): string {
  const date = new Date(time);
  const today = new Date().toDateString() === date.toDateString();
  return date.toLocaleString([], today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
}

/** A moment to the second: the time alone where it is today's. */
export function clock(time: string): string {
  const date = new Date(time);
  const today = new Date().toDateString() === date.toDateString();
  return date.toLocaleString([], today ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'medium' });
}

/** `3:05`, or `1:03:05`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  return hours > 0 ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
