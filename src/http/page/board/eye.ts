// Which part of the picture is seen, and how large.
import type { Box } from '../api/types';
import { clamp, type Point } from './shape';

export interface View {
  /** CSS pixels per pixel of the frame. */
  scale: number;
  /** Where the frame's corner lies on the canvas, CSS pixels. */
  x: number;
  y: number;
}

const MOST = 12;

export class Eye {
  zoom = 1;
  /** What of the frame lies in the middle, as shares of its sides. */
  private centre: Point = [0.5, 0.5];
  /** Of the frame, pixels. */
  size: Point = [4, 3];

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** The canvas's size, CSS pixels. */
  get room(): Point {
    return [this.canvas.clientWidth, this.canvas.clientHeight];
  }

  view(): View {
    const [w, h] = this.size;
    const [cw, ch] = this.room;
    const scale = Math.min(cw / w, ch / h) * this.zoom;
    const place = (room: number, side: number, at: number) =>
      side * scale <= room + 0.5
        ? (room - side * scale) / 2
        : clamp(room / 2 - at * side * scale, room - side * scale, 0);
    return { scale, x: place(cw, w, this.centre[0]), y: place(ch, h, this.centre[1]) };
  }

  fit(): void {
    this.zoom = 1;
    this.centre = [0.5, 0.5];
  }

  /** Where on the canvas something happened. */
  at(event: MouseEvent): Point {
    const bounds = this.canvas.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  /** A point of the canvas on the frame, within it. */
  toFrame([x, y]: Point): Point {
    const view = this.view();
    return [clamp((x - view.x) / view.scale, 0, this.size[0]), clamp((y - view.y) / view.scale, 0, this.size[1])];
  }

  toCanvas([x, y]: Point): Point {
    const view = this.view();
    return [view.x + x * view.scale, view.y + y * view.scale];
  }

  /** A box on the canvas: left, top, right, bottom. */
  edges([x, y, w, h]: Box): [number, number, number, number] {
    return [...this.toCanvas([x, y]), ...this.toCanvas([x + w, y + h])];
  }

  /** Zooms about a point of the canvas, which went by `way` meanwhile: what was under the fingers stays there. */
  zoomAt(factor: number, [px, py]: Point, [dx, dy]: Point = [0, 0]): void {
    const before = this.view();
    const [fx, fy] = [(px - dx - before.x) / before.scale, (py - dy - before.y) / before.scale];
    const whole = before.scale / this.zoom;
    this.zoom = clamp(this.zoom * factor, 1, MOST);
    const [[cw, ch], [w, h]] = [this.room, this.size];
    const scale = whole * this.zoom;
    this.centre = [(cw / 2 - px) / (scale * w) + fx / w, (ch / 2 - py) / (scale * h) + fy / h];
    const after = this.view(); // clamped: only what can be seen is kept
    this.centre = [(cw / 2 - after.x) / (after.scale * w), (ch / 2 - after.y) / (after.scale * h)];
  }
}
