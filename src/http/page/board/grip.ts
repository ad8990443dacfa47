// What lies under a finger: a corner or the inside of the box in hand, else ground to draw on.
import type { Eye } from './eye';
import { apart, type Point, type Shape } from './shape';

/** Drawn radius of a corner, CSS pixels. */
export const HANDLE = 9;
/** How near a finger must come to take it. */
const REACH = 26;

export type Grip =
  | { kind: 'look' }
  | { kind: 'draw' }
  | { kind: 'move' }
  /** A corner of the box, 0 at the top left, clockwise. */
  | { kind: 'corner'; at: number }
  /** A corner of the outline. */
  | { kind: 'vertex'; at: number }
  /** The middle of the outline's side behind a corner: drawn out, it becomes a corner of its own. */
  | { kind: 'side'; at: number };

/** Corner handles on the canvas; pushed outwards on small boxes, so that their inside can still be taken. */
export function handles(eye: Eye, { bbox }: Shape): Point[] {
  const [l, t, r, b] = eye.edges(bbox);
  const out = Math.max(0, Math.min(16, (70 - Math.min(r - l, b - t)) / 2));
  return [
    [l - out, t - out],
    [r + out, t - out],
    [r + out, b + out],
    [l - out, b + out],
  ];
}

/** The middles of an outline's sides on the canvas; those of short sides can't be taken. */
export function middles(eye: Eye, polygon: Point[]): (Point | null)[] {
  const points = polygon.map((point) => eye.toCanvas(point));
  return points.map(([x, y], i) => {
    const next = points[(i + 1) % points.length] as Point;
    return apart([x, y], next) < 3 * REACH ? null : [(x + next[0]) / 2, (y + next[1]) / 2];
  });
}

function nearest(points: (Point | null)[], to: Point): { at: number; distance: number } {
  const distances = points.map((point) => (point ? apart(point, to) : Number.POSITIVE_INFINITY));
  const distance = Math.min(...distances);
  return { at: distances.indexOf(distance), distance };
}

/** What of the shape in hand a finger, or a mouse, takes at a point of the canvas. */
export function grip(eye: Eye, shape: Shape, point: Point, touch: boolean): Grip {
  const [l, t, r, b] = eye.edges(shape.bbox);
  const inside = point[0] >= l && point[0] <= r && point[1] >= t && point[1] <= b;
  // Inside a small box the corners reach less far, or it could not be moved.
  const narrow = Math.min(REACH, Math.min(r - l, b - t) / 3);
  const reach = touch ? (inside ? narrow : REACH) : HANDLE + 5;
  if (shape.polygon) {
    const vertex = nearest(
      shape.polygon.map((corner) => eye.toCanvas(corner)),
      point,
    );
    if (vertex.distance <= reach) return { kind: 'vertex', at: vertex.at };
    const middle = nearest(middles(eye, shape.polygon), point);
    if (middle.distance <= reach) return { kind: 'side', at: middle.at };
  } else {
    const corner = nearest(handles(eye, shape), point);
    if (corner.distance <= reach) return { kind: 'corner', at: corner.at };
  }
  return { kind: inside ? 'move' : 'draw' };
}
