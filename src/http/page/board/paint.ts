// How a frame looks with its labels on it.
import type { Box, Label, Prediction } from '../api/types';
import { isolated } from '../words/format';
import type { Eye } from './eye';
import { HANDLE, handles, middles } from './grip';
import { clamp, type Point, type Shape, shapeOf } from './shape';

/** How a category looks: its colour, and a letter for who can't tell colours apart. */
export interface Look {
  colour: string;
  mark: string;
}

export interface Scene {
  eye: Eye;
  image: CanvasImageSource | null;
  labels: readonly Label[];
  proposals: readonly Prediction[];
  /** Drawn, and waiting for a category. */
  nameless: readonly Shape[];
  selected: Label | null;
  /** The proposal that the keyboard is at. */
  pointed: Prediction | null;
  /** The shape in hand while a finger changes it. */
  changed: Shape | null;
  /** What a finger draws just now. */
  drawn: Box | null;
  /** Corners of an outline that is not closed yet. */
  outline: readonly Point[];
  /** Where to enlarge what lies under the finger. */
  loupe: Point | null;
  look(category: string): Look;
  /** Of what is drawn next. */
  next: string;
}

type Kind = 'proposal' | 'pointed' | 'label' | 'selected';
type Ink = CanvasRenderingContext2D;

export function paint(g: Ink, scene: Scene, [width, height]: Point): void {
  const { eye, image, selected } = scene;
  g.clearRect(0, 0, width, height);
  if (!image) return;
  picture(g, eye, image);
  for (const proposal of scene.proposals) mark(g, scene, proposal, proposal === scene.pointed ? 'pointed' : 'proposal');
  for (const label of scene.labels) if (label !== selected) mark(g, scene, label, 'label');
  for (const shape of scene.nameless) mark(g, scene, { category: '', ...shape }, 'label');
  if (selected) mark(g, scene, scene.changed ? { ...selected, ...scene.changed } : selected, 'selected');
  if (scene.drawn) mark(g, scene, { category: scene.next, bbox: scene.drawn }, 'label');
  if (scene.outline.length) open(g, scene);
  if (scene.loupe) loupe(g, scene, scene.loupe, width);
}

function picture(g: Ink, eye: Eye, image: CanvasImageSource): void {
  const view = eye.view();
  g.drawImage(image, view.x, view.y, eye.size[0] * view.scale, eye.size[1] * view.scale);
}

function trace(g: Ink, eye: Eye, { bbox, polygon }: Shape): void {
  const [l, t, r, b] = eye.edges(bbox);
  g.beginPath();
  if (!polygon) {
    g.rect(l, t, r - l, b - t);
    return;
  }
  for (const corner of polygon) g.lineTo(...eye.toCanvas(corner));
  g.closePath();
}

/** A line with a light rim, so that the colour shows on any picture. */
function stroke(g: Ink, colour: string, width: number): void {
  g.lineJoin = 'round';
  g.lineWidth = 4.5;
  g.strokeStyle = 'rgb(255 255 255 / .75)';
  g.stroke();
  g.lineWidth = width;
  g.strokeStyle = colour;
  g.stroke();
}

/** Nobody drew it: it was carried here along a clip. */
export const wasCarried = (label: Label | Prediction): boolean =>
  'origin' in label && (label.origin === 'carried' || label.origin === 'interpolated');

function mark(g: Ink, scene: Scene, label: Label | Prediction, kind: Kind): void {
  const shape = shapeOf(label);
  if (!shape) return;
  const { eye } = scene;
  const { colour, mark: letter } = scene.look(label.category);
  trace(g, eye, shape);
  g.setLineDash(kind === 'proposal' || kind === 'pointed' ? [7, 5] : wasCarried(label) ? [2, 4] : []);
  if (kind === 'selected' || kind === 'pointed') {
    g.globalAlpha = 0.16;
    g.fillStyle = colour;
    g.fill();
    g.globalAlpha = 1;
  }
  stroke(g, colour, kind === 'selected' || kind === 'pointed' ? 3 : 2.4);
  g.setLineDash([]);
  const score = kind === 'proposal' || kind === 'pointed' ? ` ${(label.score ?? 0).toFixed(2)}` : '';
  if (label.category) flag(g, eye, shape, `${isolated(label.category)}${score}`, `${letter}${score}`, colour);
  if (kind === 'selected') holds(g, eye, shape);
}

/** The handles of the shape in hand. */
function holds(g: Ink, eye: Eye, shape: Shape): void {
  const knob = ([x, y]: Point, radius: number) => {
    g.beginPath();
    g.arc(x, y, radius, 0, 7);
    g.fillStyle = '#fff';
    g.fill();
    g.lineWidth = 3;
    g.stroke();
  };
  if (shape.polygon) {
    for (const middle of middles(eye, shape.polygon)) if (middle) knob(middle, 4);
    for (const corner of shape.polygon) knob(eye.toCanvas(corner), HANDLE - 1);
    return;
  }
  const [l, t, r, b] = eye.edges(shape.bbox);
  for (const [i, [x, y]] of handles(eye, shape).entries()) {
    g.beginPath(); // where it stands off
    g.moveTo(i % 3 ? r : l, i < 2 ? t : b);
    g.lineTo(x, y);
    g.lineWidth = 2;
    g.stroke();
    knob([x, y], HANDLE);
  }
}

/** A name at a box's corner, inside the picture; on a small box the letter in its place. */
function flag(g: Ink, eye: Eye, { bbox }: Shape, name: string, short: string, colour: string): void {
  const [l, t, r] = eye.edges(bbox);
  g.font = '600 11px system-ui, sans-serif';
  const text = g.measureText(name).width + 10 <= Math.max(34, r - l) ? name : short;
  const width = g.measureText(text).width + 10;
  const x = clamp(l, 0, Math.max(0, g.canvas.clientWidth - width));
  const y = Math.max(0, t);
  g.fillStyle = colour;
  g.beginPath();
  g.roundRect(x, y, width, 17, 3);
  g.fill();
  g.fillStyle = inkOn(colour);
  g.fillText(text, x + 5, y + 12.5);
}

/** Black or white, by what can be read on a colour. */
export function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 150 ? '#000' : '#fff';
}

/** An outline that is not closed yet: a tap on its first corner closes it. */
function open(g: Ink, { eye, outline, look, next }: Scene): void {
  const { colour } = look(next);
  const points = outline.map((corner) => eye.toCanvas(corner));
  g.beginPath();
  for (const point of points) g.lineTo(...point);
  stroke(g, colour, 2.4);
  for (const [i, [x, y]] of points.entries()) {
    g.beginPath();
    g.arc(x, y, i ? 5 : HANDLE, 0, 7);
    g.fillStyle = i ? colour : '#fff';
    g.fill();
    g.stroke();
  }
}

/** What lies under the finger, enlarged in the far corner. */
function loupe(g: Ink, scene: Scene, point: Point, width: number): void {
  const [radius, times] = [46, 2.2];
  const [x, y] = [point[0] < width / 2 ? width - radius - 10 : radius + 10, radius + 10];
  g.save();
  g.beginPath();
  g.arc(x, y, radius, 0, 7);
  g.clip();
  g.fillStyle = '#000';
  g.fill();
  g.translate(x - point[0] * times, y - point[1] * times);
  g.scale(times, times);
  if (scene.image) picture(g, scene.eye, scene.image);
  const shape = scene.drawn ? { bbox: scene.drawn } : (scene.changed ?? (scene.selected && shapeOf(scene.selected)));
  if (shape) {
    trace(g, scene.eye, shape);
    g.lineWidth = 1.2;
    g.strokeStyle = '#fff';
    g.stroke();
  }
  g.restore();
  g.beginPath();
  g.arc(x, y, radius, 0, 7);
  g.lineWidth = 2.5;
  g.strokeStyle = '#fff';
  g.stroke();
  g.beginPath();
  g.moveTo(x - 6, y);
  g.lineTo(x + 6, y);
  g.moveTo(x, y - 6);
  g.lineTo(x, y + 6);
  g.lineWidth = 1.5;
  g.stroke();
}
