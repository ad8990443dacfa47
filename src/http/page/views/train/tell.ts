// How good a model is, in the words of `words`: what it finds of ten, and how many of its boxes are wrong.
import type { Metrics } from '../../api/types';
import type { More } from '../../words/more';

/** As in an outcome: objects that there are, those of them that were found, boxes, and those of them that are wrong. */
export interface Found {
  found: number;
  of: number;
  wrong: number;
  boxes: number;
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

export function finds(w: Tells, { found, of }: Pick<Found, 'found' | 'of'>): string {
  if (of === 0) return w.nothingToFind;
  return found === of ? w.findsAll(of) : w.finds(...ofFew(found, of));
}

export function errs(w: Tells, { wrong, boxes }: Pick<Found, 'wrong' | 'boxes'>): string {
  if (wrong === 0) return w.noneWrong;
  if (wrong === boxes) return w.allWrong;
  // Up to three in ten, "1 in 4" is read more easily than "3 of 10".
  return wrong * 10 <= boxes * 3 ? w.oneIn(Math.round(boxes / wrong)) : w.wrongOf(...ofFew(wrong, boxes));
}

/** What metrics say of a hundred objects and boxes. */
export function ofMetrics({ recall, precision }: Pick<Metrics, 'recall' | 'precision'>): Found {
  // One that finds nothing has no boxes that could be wrong.
  const boxes = recall > 0 ? 100 : 0;
  return { found: Math.round(recall * 100), of: 100, wrong: boxes && Math.round((1 - precision) * 100), boxes };
}
