// Which object a finger means.
import type { Box } from '../../api/types';

/** The place of the box at (`x`, `y`): the smallest that has the point in it, else the nearest that is no more than `slack`
 * away; -1 where there is none. All in pixels of the frame; objects without a box are `null`. */
export function hit(boxes: (Box | null)[], x: number, y: number, slack: number): number {
  let found = -1;
  let best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
  for (const [at, box] of boxes.entries()) {
    if (!box) continue;
    const [left, top, width, height] = box;
    const away = Math.hypot(Math.max(left - x, 0, x - left - width), Math.max(top - y, 0, y - top - height));
    const rank = [away, width * height] as const;
    if (away > slack || rank[0] > best[0] || (rank[0] === best[0] && rank[1] >= best[1])) continue;
    best = rank;
    found = at;
  }
  return found;
}
