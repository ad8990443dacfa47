// What a stroke makes of the shape in hand.
import type { Box } from '../api/types';
import type { Eye } from './eye';
import type { Grip } from './grip';
import { apart, around, between, FEWEST, inBox, moved, type Point, resized, type Shape, withCorner } from './shape';

export interface Stroke {
  grip: Grip;
  /** On the canvas. */
  start: Point;
  point: Point;
}

/** Corners that are nearer to each other than this become one, CSS pixels. */
const ONE = 12;

/** The box that was drawn. */
export const drawnBox = (eye: Eye, { start, point }: Stroke): Box => between(eye.toFrame(start), eye.toFrame(point));

/** The shape as the finger has it now. */
export function reshaped(eye: Eye, origin: Shape, { grip, start, point }: Stroke): Shape {
  const { scale } = eye.view();
  const way: Point = [(point[0] - start[0]) / scale, (point[1] - start[1]) / scale];
  const polygon = origin.polygon ?? [];
  switch (grip.kind) {
    case 'move':
      return inBox(origin, moved(origin.bbox, way, eye.size));
    case 'corner':
      return inBox(origin, resized(origin.bbox, grip.at, way, eye.size));
    case 'vertex': {
      const [x, y] = polygon[grip.at] ?? [0, 0];
      return withCorner(polygon, grip.at, [x + way[0], y + way[1]], eye.size);
    }
    case 'side': {
      const a: Point = polygon[grip.at] ?? [0, 0];
      const b: Point = polygon[(grip.at + 1) % polygon.length] ?? [0, 0];
      const outline = [...polygon.slice(0, grip.at + 1), a, ...polygon.slice(grip.at + 1)];
      return withCorner(outline, grip.at + 1, [(a[0] + b[0]) / 2 + way[0], (a[1] + b[1]) / 2 + way[1]], eye.size);
    }
    default:
      return origin;
  }
}

/** An outline without corners that were drawn onto their neighbours. */
export function merged(eye: Eye, shape: Shape): Shape {
  const { polygon } = shape;
  if (!polygon) return shape;
  const outline = polygon.filter((corner, i) => {
    const next = polygon[(i + 1) % polygon.length] as Point;
    return apart(eye.toCanvas(corner), eye.toCanvas(next)) >= ONE;
  });
  return outline.length < FEWEST ? shape : { bbox: around(outline), polygon: outline };
}
