// Draws the cloud of frames.
import type { FlipBookFrame, Side } from '../../api/types';
import { more } from '../../words/more';
import type { Epoch } from './contract';
import { type Area, axes, type Sheet } from './plot';
import { type Axis, farOff } from './points';

const w = more.book;

/** What the cloud shows. */
export interface Cloud {
  frames: FlipBookFrame[];
  epochs: Epoch[];
  /** Index into `epochs`. */
  at: number;
  axis: Axis;
  /** Index into `frames`; -1 for none. */
  chosen: number;
  /** Frames that stand out; the others are faint. `null`: all do. */
  among: Set<number> | null;
  /** The value at the right end of the axis. */
  most: number;
}

/** In CSS pixels of the canvas. */
export type Place = [x: number, y: number];
/** Of a frame without a point: where nothing is seen of it, and no finger gets to. */
const NOWHERE: Place = [-1e4, -1e4];

const areaOf = (h: number): Area => ({ left: 34, right: 16, y: (value) => 30 + (1 - value) * (h - 60) });
const across =
  ({ w: width }: Sheet, { left, right }: Area, most: number) =>
  (value: number) =>
    left + 8 + Math.min(1, value / most) * (width - left - right - 16);

function placer(sheet: Sheet, { epochs, axis, most }: Cloud): (at: number, n: number) => Place {
  const area = areaOf(sheet.h);
  const x = across(sheet, area, most);
  // Equal points lie beside, not over one another: each frame has its own small, steady offset.
  return (at, n) => {
    const point = epochs[at]?.points[n];
    if (!point) return NOWHERE;
    return [x(point[axis]) + Math.sin(n * 12.9898) * 4, area.y(point.score) + Math.cos(n * 78.233) * 4];
  };
}

/** Where each frame's point belongs. */
export function placesOf(sheet: Sheet, cloud: Cloud): Place[] {
  const place = placer(sheet, cloud);
  return cloud.frames.map((_, n) => place(cloud.at, n));
}

/** Draws the points at `places`; the chosen one ringed, with its trail. */
export function drawCloud(sheet: Sheet, cloud: Cloud, places: Place[]): void {
  const { g } = sheet;
  ground(sheet, cloud);
  const radius = cloud.frames.length > 150 ? 3.2 : 4.6;
  const chosen = places[cloud.chosen];
  if (chosen) trail(sheet, cloud, chosen);
  for (const faint of [true, false]) {
    g.globalAlpha = faint ? 0.15 : 0.72;
    for (const side of ['training', 'validation'] as const) {
      g.fillStyle = sheet[side];
      g.beginPath();
      for (const [n, frame] of cloud.frames.entries()) {
        const place = places[n];
        if (frame.split === side && place && faint !== (cloud.among?.has(n) ?? true)) mark(g, place, side, radius);
      }
      g.fill();
    }
  }
  g.globalAlpha = 1;
  g.strokeStyle = sheet.far;
  g.lineWidth = 1.6;
  for (const n of farOff(cloud.epochs[cloud.at]?.points ?? [])) ring(g, places[n] ?? NOWHERE, radius + 4);
  if (!chosen) return;
  g.strokeStyle = sheet.ink;
  g.lineWidth = 2.2;
  ring(g, chosen, radius + 6.5);
}

function ring(g: CanvasRenderingContext2D, place: Place, radius: number): void {
  g.beginPath();
  g.arc(...place, radius, 0, 7);
  g.stroke();
}

function ground(sheet: Sheet, { axis, most }: Cloud): void {
  const { g, w: width, h } = sheet;
  const area = areaOf(h);
  const x = across(sheet, area, most);
  const half = axis === 'loss' ? (most / 2).toPrecision(2) : '0.5';
  axes(sheet, area, `${w.axes[axis]} →`, [
    [x(0), '0'],
    [x(most / 2), half],
  ]);
  g.textAlign = 'left';
  g.fillText(`${w.score} ↑`, area.left - 22, 16);
  g.textAlign = 'right';
  const validation = `◆ ${w.sides.validation}`;
  g.fillStyle = sheet.validation;
  g.fillText(validation, width - area.right, 16);
  g.fillStyle = sheet.training;
  g.fillText(`● ${w.sides.training}`, width - area.right - 14 - g.measureText(validation).width, 16);
}

function trail({ g, ...sheet }: Sheet, cloud: Cloud, end: Place): void {
  const place = placer({ g, ...sheet }, cloud);
  g.strokeStyle = sheet.ink;
  g.globalAlpha = 0.35;
  g.lineWidth = 1.4;
  g.beginPath();
  for (let at = 0; at < cloud.at; at += 1) {
    const there = place(at, cloud.chosen);
    if (there !== NOWHERE) g.lineTo(...there);
  }
  g.lineTo(...end);
  g.stroke();
}

/** Sides differ in shape too, not in colour alone. */
function mark(g: CanvasRenderingContext2D, [x, y]: Place, side: Side, radius: number): void {
  if (side === 'training') {
    g.moveTo(x + radius, y);
    g.arc(x, y, radius, 0, 7);
    return;
  }
  const reach = radius * 1.4;
  g.moveTo(x, y - reach);
  g.lineTo(x + reach, y);
  g.lineTo(x, y + reach);
  g.lineTo(x - reach, y);
  g.closePath();
}
