// Two people labelled one frame: what both did to it, box by box.
import type { Box, Label } from '../api/types';

/** One object that two people marked, each in another way. */
export interface Dispute {
  mine: Label;
  theirs: Label;
}

export interface Merged {
  labels: Label[];
  /** Where `theirs` is among the labels, and somebody has to look. */
  disputes: Dispute[];
}

type Marked = Pick<Label, 'category' | 'bbox'>;

/** From this overlap on two boxes of one category are the same object, drawn twice. */
const SAME = 0.7;
/** From this overlap on two boxes are about the same object, whatever they say of it. */
const ABOUT = 0.45;

/** `base`: what both started from. `mine`: to be sent. `theirs`: on the device by now. */
export function merge(base: Label[], mine: Label[], theirs: Label[]): Merged {
  const gone = minus(base, mine);
  const added = minus(mine, base);
  // What I took away stays away, unless they changed it: then it is no longer the box that I looked at.
  const labels = minus(theirs, gone);
  const fresh = minus(theirs, base);
  const disputes: Dispute[] = [];
  for (const label of added) {
    const rival = fresh.find((other) => overlap(label, other) >= ABOUT);
    if (!rival) labels.push(label);
    else if (rival.category !== label.category || overlap(label, rival) < SAME)
      disputes.push({ mine: label, theirs: rival });
  }
  return { labels, disputes };
}

/** Whether two labels say the same of the same place; who set them does not matter. */
export function same(a: Label, b: Label): boolean {
  return a.category === b.category && flat(a.bbox) === flat(b.bbox) && flat(a.polygon) === flat(b.polygon);
}

/** Whether two frames' labels say the same, in whatever order. */
export const equal = (a: Label[], b: Label[]): boolean =>
  a.length === b.length && minus(a, b).length === 0 && minus(b, a).length === 0;

const flat = (shape: unknown) => JSON.stringify(shape ?? null);

/** Those of `all` that are not in `others`; equal ones count as often as they are there. */
function minus(all: Label[], others: Label[]): Label[] {
  const left = [...others];
  return all.filter((label) => {
    const at = left.findIndex((other) => same(label, other));
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
}

/** Intersection over union of the boxes; 1 for two tags of one category. */
export function overlap(a: Marked, b: Marked): number {
  if (!a.bbox || !b.bbox) return !a.bbox && !b.bbox && a.category === b.category ? 1 : 0;
  const [ax, ay, aw, ah] = a.bbox as Box;
  const [bx, by, bw, bh] = b.bbox as Box;
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (aw * ah + bw * bh - width * height);
}
