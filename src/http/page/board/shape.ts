// Boxes and outlines, in pixels of the frame.
import type { Box, Label } from '../api/types';

export type Point = [number, number];
/** What a label marks: a box, with an outline where its category wants one. */
export interface Shape {
  bbox: Box;
  polygon?: Point[];
}

/** The side of a box, pixels of the frame, below which a stroke was none. */
const SMALLEST = 4;
/** In a picture of few pixels a quarter of it, so that there is room to draw. */
const smallest = (side: number): number => Math.min(SMALLEST, side / 4);
/** Corners that an outline has at least. */
export const FEWEST = 3;

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The shape of a label; `null` for the tag of a whole frame. */
export function shapeOf(label: Pick<Label, 'bbox' | 'polygon'>): Shape | null {
  if (!label.bbox) return null;
  const bbox = label.bbox as Box;
  return label.polygon ? { bbox, polygon: label.polygon as Point[] } : { bbox };
}

/** The box between two points. */
export const between = ([x0, y0]: Point, [x1, y1]: Point): Box => [
  Math.min(x0, x1),
  Math.min(y0, y1),
  Math.abs(x1 - x0),
  Math.abs(y1 - y0),
];

/** Whether two sides of an outline cross. */
export function crosses(polygon: Point[]): boolean {
  const side = (i: number): [Point, Point] => [polygon[i] as Point, polygon[(i + 1) % polygon.length] as Point];
  /** On which side of the line from `a` to `b` a point lies. */
  const turn = ([ax, ay]: Point, [bx, by]: Point, [x, y]: Point) =>
    Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));
  return polygon.some((_, i) =>
    polygon.some((_, j) => {
      const [[a, b], [c, d]] = [side(i), side(j)];
      return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
    }),
  );
}

/** Whether a stroke made something that can be seen again. */
export const large = ([, , w, h]: Box, size: Point): boolean => w >= smallest(size[0]) && h >= smallest(size[1]);

/** The box as an outline of four corners. */
export const cornersOf = ([x, y, w, h]: Box): Point[] => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
];

/** The box around an outline. */
export function around(polygon: Point[]): Box {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  return between([Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]);
}

/** A box moved, and kept within a frame of `size`. */
export const moved = ([x, y, w, h]: Box, [dx, dy]: Point, size: Point): Box => [
  clamp(x + dx, 0, size[0] - w),
  clamp(y + dy, 0, size[1] - h),
  w,
  h,
];

/** A box with one of its corners (0 at the top left, clockwise) moved. */
export function resized([x, y, w, h]: Box, corner: number, [dx, dy]: Point, size: Point): Box {
  let [l, t, r, b] = [x, y, x + w, y + h];
  const [narrowest, lowest] = [smallest(size[0]), smallest(size[1])];
  if (corner === 0 || corner === 3) l = clamp(l + dx, 0, r - narrowest);
  else r = clamp(r + dx, l + narrowest, size[0]);
  if (corner < 2) t = clamp(t + dy, 0, b - lowest);
  else b = clamp(b + dy, t + lowest, size[1]);
  return [l, t, r - l, b - t];
}

/** A shape in another box: its outline goes along. */
export function inBox({ bbox: from, polygon }: Shape, bbox: Box): Shape {
  if (!polygon) return { bbox };
  const [sx, sy] = [bbox[2] / (from[2] || 1), bbox[3] / (from[3] || 1)];
  return { bbox, polygon: polygon.map(([x, y]) => [bbox[0] + (x - from[0]) * sx, bbox[1] + (y - from[1]) * sy]) };
}

/** An outline with one corner elsewhere. */
export function withCorner(polygon: Point[], at: number, [x, y]: Point, size: Point): Shape {
  const corner: Point = [clamp(x, 0, size[0]), clamp(y, 0, size[1])];
  const outline = polygon.map((point, i) => (i === at ? corner : point));
  return { bbox: around(outline), polygon: outline };
}

/** Whether a box holds a point, or nearly. */
export const holds = ([x, y, w, h]: Box, [px, py]: Point, slack: number): boolean =>
  px >= x - slack && py >= y - slack && px <= x + w + slack && py <= y + h + slack;

export const areaOf = (label: Pick<Label, 'bbox'>): number => (label.bbox?.[2] ?? 0) * (label.bbox?.[3] ?? 0);
export const apart = ([ax, ay]: Point, [bx, by]: Point): number => Math.hypot(ax - bx, ay - by);

/** On quarter pixels, which every reader holds exactly, and inside the frame. */
export function tidy(label: Label, { width, height }: { width: number; height: number }): Label {
  const shape = shapeOf(label);
  if (!shape) return label;
  const snap = (value: number, most: number) => Math.round(clamp(value, 0, most) * 4) / 4;
  const [x, y, w, h] = shape.bbox;
  const [l, t, r, b] = [snap(x, width), snap(y, height), snap(x + w, width), snap(y + h, height)];
  const tidied: Label = { ...label, bbox: [l, t, r - l, b - t] };
  if (shape.polygon) tidied.polygon = shape.polygon.map(([px, py]) => [snap(px, width), snap(py, height)]);
  return tidied;
}
