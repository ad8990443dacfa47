// What the points of frames tell, without drawing them.
import type { FlipBook, FlipBookFrame, Point, Side } from '../../api/types';

/** What lies to the right in the cloud of frames. */
export type Axis = 'confidence' | 'loss';

/** Indices of the frames on `side`: low scores first, of equal scores the higher loss. */
export function worstFirst(frames: FlipBookFrame[], points: Point[], side: Side): number[] {
  const score = (n: number) => points[n]?.score ?? 0;
  const loss = (n: number) => points[n]?.loss ?? 0;
  return [...frames.keys()]
    .filter((n) => frames[n]?.split === side)
    .sort((a, b) => score(a) - score(b) || loss(b) - loss(a));
}

/** The loss that 95 % of all points stay under: a few that ran away must not squeeze the rest. */
export function commonLoss(book: FlipBook): number {
  const losses = book.epochs
    .flatMap((epoch) => epoch.points.map((point) => point.loss))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return losses[Math.floor(losses.length * 0.95)] || 1;
}
