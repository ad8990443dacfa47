// What the plots share: a canvas that draws itself anew when what it shows has changed, and its axes.
import { effect } from '@preact/signals';
import type { Ref } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const COLOURS = {
  ink: '--ink',
  muted: '--muted',
  line: '--line',
  validation: '--accent',
  training: '--second',
  far: '--danger',
} as const;
type Colours = Record<keyof typeof COLOURS, string>;

/** A canvas to draw on, in CSS pixels. */
export interface Sheet extends Colours {
  g: CanvasRenderingContext2D;
  w: number;
  h: number;
}

export const FONT = '11px system-ui, sans-serif';
const dark = matchMedia('(prefers-color-scheme: dark)');
/** Whether nothing should move by itself. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const entries = Object.entries(COLOURS).map(([name, property]) => [name, style.getPropertyValue(property).trim()]);
  return Object.fromEntries(entries) as Colours;
}

/** For a canvas' `ref`. Draws whenever a signal that `read` reads has changed, once a screen frame at most; and again
 * as long as `draw` answers true. `time` is that of the screen frame, in milliseconds. */
export function useDrawn<T>(
  read: () => T,
  draw: (sheet: Sheet, shown: T, time: number) => boolean | undefined,
  inputs: unknown[],
): Ref<HTMLCanvasElement> {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = ref.current;
    const g = canvas?.getContext('2d');
    if (!canvas || !g) return;
    let shown: T;
    let paint = colours();
    let [w, h] = [0, 0];
    let due = 0;
    const run = (time: number) => {
      due = 0;
      if (!w) return;
      g.clearRect(0, 0, w, h);
      g.font = FONT;
      if (draw({ g, w, h, ...paint }, shown, time)) ask();
    };
    const ask = () => {
      due ||= requestAnimationFrame(run);
    };
    // Sizes are measured when they change: asking for them at every stroke would lay the page out each time.
    const sized = new ResizeObserver(() => {
      [w, h] = [canvas.clientWidth, canvas.clientHeight];
      const ratio = Math.min(3, devicePixelRatio || 1);
      canvas.width = w * ratio;
      canvas.height = h * ratio;
      g.scale(ratio, ratio);
      cancelAnimationFrame(due);
      run(performance.now()); // at once: a canvas of another size is blank
    });
    const repaint = () => {
      paint = colours();
      ask();
    };
    const end = effect(() => {
      shown = read();
      ask();
    });
    sized.observe(canvas);
    dark.addEventListener('change', repaint);
    return () => {
      end();
      sized.disconnect();
      dark.removeEventListener('change', repaint);
      cancelAnimationFrame(due);
    };
  }, inputs);
  return ref;
}

/** Where values from 0 to 1 lie: `left` and `right` are margins in CSS pixels. */
export interface Area {
  left: number;
  right: number;
  y: (value: number) => number;
}

/** Lines at 0, 0.5 and 1 with their figures; below, `ticks` at their `x`, and a name at the right. */
export function axes(sheet: Sheet, area: Area, name: string, ticks: [number, string][]): void {
  const { g, w, h } = sheet;
  g.strokeStyle = sheet.line;
  g.fillStyle = sheet.muted;
  g.lineWidth = 1;
  g.textAlign = 'right';
  for (const value of [0, 0.5, 1]) {
    const y = area.y(value);
    g.beginPath();
    g.moveTo(area.left, y);
    g.lineTo(w - area.right, y);
    g.stroke();
    g.fillText(String(value), area.left - 6, y + 4);
  }
  g.textAlign = 'center';
  for (const [x, text] of ticks) g.fillText(text, x, h - 8);
  g.textAlign = 'right';
  g.fillText(name, w - area.right, h - 8);
}
