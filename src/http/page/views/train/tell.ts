// How good a model is, in the words of `words`: what it finds of ten, and how many of its boxes are wrong.
import type { Metrics, Model, Training } from '../../api/types';
import type { More } from '../../words/more';

/** As in an outcome: objects that there are, those of them that were found, boxes, and those of them that are wrong. */
export interface Found {
  found: number;
  of: number;
  wrong: number;
  /** `null` where that is not known. */
  boxes: number | null;
  /** The figures are shares of ten or a hundred, not counts. */
  shares?: boolean;
}

/** Up to so many a person takes in as they are. */
const FEW = 20;

/** `some` of `all` as people say it: as they are where they are few, else out of ten, or of a hundred. */
export function ofFew(some: number, all: number): [number, number] {
  for (const parts of all > FEW ? [10, 100] : []) {
    const share = Math.round((some / all) * parts);
    if (all > parts && share > 0 && share < parts) return [share, parts];
  }
  return [some, all];
}

type Tells = More['train']['tells'];

export function finds(w: Tells, { found, of, shares }: Pick<Found, 'found' | 'of' | 'shares'>): string {
  if (of === 0) return w.nothingToFind;
  if (shares && (found === 0 || found === of)) return found ? w.findsEverything : w.findsNothing;
  return found === of ? w.findsAll(of) : w.finds(...ofFew(found, of));
}

export function errs(w: Tells, { wrong, boxes }: Pick<Found, 'wrong' | 'boxes'>): string {
  if (boxes === null) return '';
  if (boxes === 0) return w.noBox;
  if (wrong === 0) return w.noneWrong;
  if (wrong === boxes) return w.allWrong;
  // Up to three in ten, "1 in 4" is read more easily than "3 of 10".
  return wrong * 10 <= boxes * 3 ? w.oneIn(Math.round(boxes / wrong)) : w.wrongOf(...ofFew(wrong, boxes));
}

/** Both in a line. */
export const told = (w: Tells, found: Found): string => [finds(w, found), errs(w, found)].filter(Boolean).join('; ');

/** What a model finds, as the training it came from counted it, so that it is told the same everywhere; else what its
 * metrics say. */
export const goodOf = (model: Model, trainings: readonly Training[] | null): Found =>
  trainings?.find(({ winner }) => winner === model.id)?.outcome ?? ofMetrics(model.metrics);

/** A share out of a hundred; nearly nothing is not nothing, and nearly all is not all. */
const hundredth = (share: number): number =>
  share <= 0 || share >= 1 ? Math.round(share) * 100 : Math.min(99, Math.max(1, Math.round(share * 100)));

/** What metrics say of a hundred objects and boxes. */
export function ofMetrics({ recall, precision }: Pick<Metrics, 'recall' | 'precision'>): Found {
  // Of one that finds nothing they do not say whether it draws boxes.
  const boxes = recall > 0 ? 100 : null;
  return { found: hundredth(recall), of: 100, wrong: hundredth(1 - precision), boxes, shares: true };
}
