// How the labels of frames fared, told from the letters and counts of their points.
import type { Epoch } from './contract';

/** Each is a filter of the frames. */
export const FATES = ['missed', 'false', 'confused', 'forgotten', 'found'] as const;
export type Fate = (typeof FATES)[number];
export type Counts = Record<Fate, number>;

/** How many labels of a frame were found at an earlier epoch, and are not any more. */
function forgotten(epochs: Epoch[], at: number, frame: number): number {
  const letters = (epoch: Epoch | undefined) => epoch?.points[frame]?.labels ?? '';
  const before = epochs.slice(0, at).map(letters);
  return [...letters(epochs[at])].filter((now, i) => now !== 'f' && before.some((then) => then[i] === 'f')).length;
}

/** What became of a frame's labels; `null` where the device does not say. */
export function countsOf(epochs: Epoch[], at: number, frame: number): Counts | null {
  const point = epochs[at]?.points[frame];
  if (point?.found === undefined) return null;
  const { found, missed = 0, confused = 0, false: wrong = 0 } = point;
  return { found, missed, confused, false: wrong, forgotten: forgotten(epochs, at, frame) };
}

/** The sums of these; `null` where no frame tells. */
export function sumOf(all: (Counts | null | undefined)[]): Counts | null {
  const known = all.filter((counts) => counts !== null && counts !== undefined);
  if (!known.length) return null;
  const sum = (fate: Fate) => known.reduce((total, counts) => total + counts[fate], 0);
  return Object.fromEntries(FATES.map((fate) => [fate, sum(fate)])) as Counts;
}
