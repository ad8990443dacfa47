// What the points of frames tell, without drawing them.
import type { FlipBookFrame, Side } from '../../api/types';
import type { Book, Point } from './contract';

/** What lies to the right in the cloud of frames. */
export type Axis = 'confidence' | 'loss';
type Points = (Point | null)[];

/** Indices of the frames on `side` that have a point: low scores first, of equal scores the higher loss. */
export function worstFirst(frames: FlipBookFrame[], points: Points, side: Side): number[] {
  const score = (n: number) => points[n]?.score ?? 0;
  const loss = (n: number) => points[n]?.loss ?? 0;
  return [...frames.keys()]
    .filter((n) => frames[n]?.split === side && points[n])
    .sort((a, b) => score(a) - score(b) || loss(b) - loss(a));
}

const lossesOf = (points: Points): number[] =>
  points
    .flatMap((point) => (point ? [point.loss] : []))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);

/** The loss that 95 % of all points stay under: a few that ran away must not squeeze the rest. */
export function commonLoss(book: Book): number {
  const losses = lossesOf(book.epochs.flatMap((epoch) => epoch.points));
  return losses[Math.floor(losses.length * 0.95)] || 1;
}

/** Fewer frames have no far ones. */
const MANY = 8;

/** Frames whose loss lies further above the upper quartile than one and a half times the quartiles lie apart: Tukey's
 * fence, as in every box plot. */
export function farOff(points: Points): Set<number> {
  const losses = lossesOf(points);
  if (losses.length < MANY) return new Set();
  const quartile = (share: number) => losses[Math.floor(losses.length * share)] ?? 0;
  const fence = quartile(0.75) + 1.5 * (quartile(0.75) - quartile(0.25));
  return new Set([...points.keys()].filter((n) => (points[n]?.loss ?? 0) > fence));
}
