// The drawing board: a picture with labels on it, edited by touch or mouse; keys.ts adds the keyboard.
//
// Boxes are [x, y, width, height] in pixels of the frame, whatever size the picture was loaded in.
import type { Box, Label, Prediction } from '../api/types';
import { Eye } from './eye';
import { type Grip, grip } from './grip';
import type { Host } from './host';
import { paint, type Scene } from './paint';
import { apart, areaOf, around, FEWEST, holds, large, type Point, type Shape, shapeOf } from './shape';
import { drawnBox, merged, reshaped, type Stroke } from './stroke';

/** Movement that makes a tap a stroke, CSS pixels. */
const SLOP = { finger: 7, mouse: 3 };
/** How near its first corner a tap closes an outline, CSS pixels. */
const CLOSE = 26;
/** Milliseconds within which a second tap on the same ground makes two a double tap. */
const DOUBLE = 320;
const ZOOM_IN = 2.5;

interface Pinch {
  kind: 'pinch';
  distance: number;
  middle: Point;
}
interface Finger extends Stroke {
  kind: 'tap' | 'drag' | 'look';
  /** The label in hand when it began. */
  label: Label | null;
}

export class Board {
  readonly eye: Eye;
  private image: CanvasImageSource | null = null;
  private readonly pointers = new Map<number, Point>();
  private gesture: Finger | Pinch | null = null;
  private outline: Point[] = [];
  /** The category that it was begun as. */
  private outlined: string | undefined;
  private touch = false;
  private fresh = false;
  private lastTap = { time: 0, at: [0, 0] as Point };
  private pending = 0;
  /** The board's size when a finger came down, CSS pixels. */
  private room: Point = [0, 0];
  private readonly resized = new ResizeObserver(() => {
    this.turned();
    this.draw();
  });

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly host: Host,
  ) {
    this.eye = new Eye(canvas);
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', (event) => this.up(event));
    canvas.addEventListener('pointercancel', (event) => this.up(event, true));
    canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    // Without this a browser takes a quick stroke for a fling, and swallows the next tap on the page.
    canvas.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    this.resized.observe(canvas);
  }

  /** Shows another frame of `size` pixels. */
  show(image: CanvasImageSource | null, size: Point): void {
    this.stop();
    this.image = image;
    this.eye.size = size;
    this.fresh = image !== null;
    this.fit();
  }

  /** Shows a better picture of the same frame, under whatever is being drawn on it. */
  sharpen(image: CanvasImageSource): void {
    this.image = image;
    this.fresh = true;
    this.draw();
  }

  get shown(): boolean {
    return this.image !== null;
  }

  /** Ends a stroke under way, as the frame goes from under it. */
  stop(): void {
    if (this.gesture?.kind === 'drag' || this.outline.length >= FEWEST) this.host.lost('changed');
    this.gesture = null;
    this.give([]);
    this.draw();
  }

  /** The canvas is taken away. */
  end(): void {
    this.resized.disconnect();
    cancelAnimationFrame(this.pending);
  }

  fit(): void {
    this.eye.fit();
    this.draw();
  }

  zoomAt(factor: number, point: Point, way?: Point): void {
    this.eye.zoomAt(factor, point, way);
    this.draw();
  }

  get middle(): Point {
    return [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2];
  }

  // ---- outlines, corner by corner ----

  private give(outline: Point[]): void {
    const before = this.outline.length;
    this.outline = outline;
    if (before !== outline.length) this.host.outlined(outline.length);
    this.draw();
  }

  /** Whether an outline is being drawn. */
  get outlining(): boolean {
    return this.outline.length > 0;
  }

  /** Closes the outline that is being drawn; one that can't be closed stays open, and it is told why. Whether none is open now. */
  close(): boolean {
    const polygon = this.outline;
    if (!polygon.length) return true;
    const bbox = around(polygon);
    if (polygon.length < FEWEST || !large(bbox, this.eye.size)) {
      this.host.lost(polygon.length < FEWEST ? 'few' : 'flat');
      return false;
    }
    this.give([]);
    this.host.make({ bbox, polygon }, false, this.outlined);
    return true;
  }

  /** Nothing comes of the outline that is being drawn. */
  giveUp(): void {
    this.give([]);
  }

  /** Takes the outline's last corner back. */
  shorten(): void {
    this.give(this.outline.slice(0, -1));
  }

  private corner(point: Point): void {
    const [first] = this.outline;
    if (!first) this.outlined = this.host.next()?.name;
    if (first && apart(this.eye.toCanvas(first), point) <= CLOSE) this.close();
    else this.give([...this.outline, this.eye.toFrame(point)]);
  }

  // ---- pointers ----

  private down(event: PointerEvent): void {
    if (!this.image || (event.pointerType === 'mouse' && event.button !== 0)) return;
    if (this.host.may() && !this.host.ready()) return;
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const point = this.eye.at(event);
    this.pointers.set(event.pointerId, point);
    this.touch = event.pointerType !== 'mouse';
    if (this.pointers.size === 2) {
      this.gesture = { kind: 'pinch', ...this.spread() };
      this.draw();
    }
    if (this.pointers.size > 1) return;
    this.room = this.eye.room;
    this.gesture = { kind: 'tap', start: point, point, grip: this.grip(point), label: this.host.selected() };
  }

  private grip(point: Point): Grip {
    if (!this.host.may() || this.host.hand() || this.outlining) return { kind: 'look' };
    const selected = this.host.selected();
    const shape = selected && shapeOf(selected);
    return shape ? grip(this.eye, shape, point, this.touch) : { kind: 'draw' };
  }

  private spread(): { distance: number; middle: Point } {
    const [a = [0, 0], b = [0, 0]] = [...this.pointers.values()];
    return { distance: apart(a, b), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  }

  /** A board of another size, as of a phone that is turned, has other ground under the finger: what it does ends without effect. */
  private turned(): void {
    const [width, height] = this.eye.room;
    if (!this.gesture || (width === this.room[0] && height === this.room[1])) return;
    if (this.gesture.kind === 'drag') this.host.lost('changed');
    this.gesture = null;
  }

  private move(event: PointerEvent): void {
    if (!this.pointers.has(event.pointerId)) {
      this.hover(event);
      return;
    }
    const point = this.eye.at(event);
    this.pointers.set(event.pointerId, point);
    this.turned(); // before the observer tells
    const gesture = this.gesture;
    if (gesture?.kind === 'pinch') this.pinch(gesture);
    else if (gesture) this.pull(gesture, point);
  }

  private pinch(gesture: Pinch): void {
    if (this.pointers.size < 2) return;
    const now = this.spread();
    const way: Point = [now.middle[0] - gesture.middle[0], now.middle[1] - gesture.middle[1]];
    this.zoomAt(now.distance / Math.max(1, gesture.distance), now.middle, way);
    Object.assign(gesture, now);
  }

  private pull(gesture: Finger, point: Point): void {
    const slop = this.touch ? SLOP.finger : SLOP.mouse;
    if (gesture.kind === 'tap' && apart(point, gesture.start) >= slop)
      gesture.kind = gesture.grip.kind === 'look' ? 'look' : 'drag';
    const from = gesture.point;
    gesture.point = point;
    if (gesture.kind === 'look') this.zoomAt(1, point, [point[0] - from[0], point[1] - from[1]]);
    if (gesture.kind === 'drag') this.draw();
  }

  private up(event: PointerEvent, cancelled = false): void {
    if (!this.pointers.delete(event.pointerId)) return;
    this.turned();
    const gesture = this.gesture;
    if (!gesture) return;
    if (gesture.kind === 'pinch') {
      if (this.pointers.size === 0) this.gesture = null; // a finger left over from a pinch draws nothing
      return;
    }
    this.gesture = null;
    if (cancelled && gesture.kind === 'drag') this.host.lost('cut');
    if (!cancelled && gesture.kind === 'tap') this.tap(gesture.start);
    if (!cancelled && gesture.kind === 'drag') this.drop(gesture);
    this.draw();
  }

  /** A stroke is over. */
  private drop(gesture: Finger): void {
    if (gesture.grip.kind === 'draw') {
      const bbox = drawnBox(this.eye, gesture);
      // The next stroke draws another: this one is not taken in hand.
      if (large(bbox, this.eye.size)) this.host.make({ bbox }, false);
      else this.host.lost('small');
      return;
    }
    const shape = this.changed(gesture);
    if (gesture.label && shape && gesture.label === this.host.selected())
      this.host.replace(gesture.label, merged(this.eye, shape));
  }

  private changed(gesture: Finger): Shape | null {
    const origin = gesture.label && shapeOf(gesture.label);
    return origin && reshaped(this.eye, origin, gesture);
  }

  /** The smallest box under a finger; the one in hand last, so that a second tap reaches what lies below. */
  private tap(point: Point): void {
    const { host } = this;
    if (this.outlining) {
      this.corner(point);
      return;
    }
    const slack = (this.touch ? 10 : 4) / this.eye.view().scale;
    const at = this.eye.toFrame(point);
    const hit = ({ bbox }: Label | Prediction) => Boolean(bbox && holds(bbox as Box, at, slack));
    const smallest = <T extends Label | Prediction>(all: T[]) =>
      all.filter(hit).sort((a, b) => areaOf(a) - areaOf(b))[0];
    const selected = host.selected();
    const proposal = smallest([...host.proposals()]);
    const label = smallest(host.labels().filter((other) => other !== selected));
    if (proposal && (!label || areaOf(proposal) < areaOf(label))) {
      if (host.may()) host.accept(proposal);
    } else if (label) host.select(label);
    else if (selected && hit(selected)) {
      if (selected.origin === 'accepted' && host.may()) host.reject(selected);
      else host.select(null);
    } else this.ground(point);
  }

  /** A tap where nothing is. */
  private ground(point: Point): void {
    const { host } = this;
    const now = performance.now();
    const twice = now - this.lastTap.time < DOUBLE && apart(point, this.lastTap.at) < CLOSE;
    this.lastTap = { time: twice ? 0 : now, at: point };
    if (!host.selected() && host.may() && !host.hand() && host.next()?.kind === 'polygon') this.corner(point);
    else if (twice) {
      if (this.eye.zoom > 1.01) this.fit();
      else this.zoomAt(ZOOM_IN, point);
    }
    if (host.selected()) host.select(null);
  }

  private wheel(event: WheelEvent): void {
    if (!this.image) return;
    event.preventDefault();
    if (event.shiftKey) this.zoomAt(1, this.eye.at(event), [-event.deltaX - event.deltaY, 0]);
    else this.zoomAt(Math.exp(-event.deltaY * 0.0016), this.eye.at(event));
  }

  private hover(event: PointerEvent): void {
    if (event.pointerType !== 'mouse') return;
    this.touch = false;
    const under = this.grip(this.eye.at(event));
    this.canvas.dataset.grip = under.kind === 'corner' ? `corner${under.at % 2}` : under.kind;
  }

  // ---- drawing ----

  draw(): void {
    this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.paint();
    });
  }

  private paint(): void {
    const { canvas, eye } = this;
    const size: Point = [canvas.clientWidth, canvas.clientHeight];
    const g = canvas.getContext('2d');
    if (!size[0] || !g) return;
    const ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [Math.round(size[0] * ratio), Math.round(size[1] * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(g, this.scene(), size);
    this.host.zoomed(eye.zoom > 1.01);
    if (!this.fresh) return;
    this.fresh = false;
    this.host.painted();
  }

  private scene(): Scene {
    const { host, eye, image, outline } = this;
    const drag = this.gesture?.kind === 'drag' ? this.gesture : null;
    return {
      eye,
      image,
      outline,
      labels: host.labels(),
      proposals: host.proposals(),
      nameless: host.nameless(),
      selected: host.selected(),
      pointed: host.pointed(),
      changed: drag && drag.grip.kind !== 'draw' ? this.changed(drag) : null,
      drawn: drag?.grip.kind === 'draw' ? drawnBox(eye, drag) : null,
      loupe: drag && this.touch && drag.grip.kind !== 'move' ? drag.point : null,
      look: (category) => host.look(category),
      next: host.next()?.name ?? '',
    };
  }
}
