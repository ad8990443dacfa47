// The course of a training as it is shown: a bar that never goes back, and a line for each experiment.
import type { Experiment, Training } from '../../api/types';

export const over = ({ state }: Pick<Training, 'state'>): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled';

/** News may overtake one another: what is shown of a training does not go back, but where it begins again (`note`). */
export function onward(before: Training | undefined, now: Training): Training {
  if (!before) return now;
  if (over(before) && !over(now)) return before;
  if ((before.note ?? null) !== (now.note ?? null) || now.progress >= before.progress) return now;
  return { ...now, progress: before.progress };
}

/** Seconds left, `now` and `at` in milliseconds: told at `at`, counted down since. */
export const secondsLeft = (told: number, at: number, now: number): number => Math.max(0, told - (now - at) / 1000);

/** How good an experiment was after an epoch, from 0 to 1. */
export interface Dot {
  epoch: number;
  good: number;
}
export type Lines = ReadonlyMap<string, readonly Dot[]>;

/** The lines with what a record adds to them. */
export function drawOn(lines: Lines, experiments: Pick<Experiment, 'id' | 'epoch' | 'metrics'>[]): Lines {
  const next = new Map(lines);
  for (const { id, epoch, metrics } of experiments) {
    if (epoch === 0) continue;
    const known = next.get(id) ?? [{ epoch: 0, good: 0 }];
    // What began again draws its line again.
    next.set(id, [...known.filter((dot) => dot.epoch < epoch), { epoch, good: metrics.ap50 }]);
  }
  return next;
}

/** A line as SVG paths, to be scaled to `width` and `height`: what was seen, and what lies between as if it were straight. */
export function paths(dots: readonly Dot[], epochs: number, width: number, height: number) {
  const at = ({ epoch, good }: Dot) =>
    `${((epoch / Math.max(1, epochs)) * width).toFixed(1)} ${((1 - Math.min(1, Math.max(0, good))) * height).toFixed(1)}`;
  let [seen, between] = ['', ''];
  dots.forEach((dot, i) => {
    const before = dots[i - 1];
    if (!before) return;
    const piece = `M${at(before)}L${at(dot)}`;
    if (dot.epoch - before.epoch === 1) seen += piece;
    else between += piece;
  });
  return { seen, between };
}

export const fell = ({ state }: Experiment) => state === 'stopped' || state === 'diverged';

/** The best first, those that were given up last. */
export const ranked = (experiments: Experiment[]): Experiment[] =>
  [...experiments].sort((a, b) => Number(fell(a)) - Number(fell(b)) || b.metrics.ap50 - a.metrics.ap50);
