// All frames of the clip in a strip under the thumb: which are sure, which are not, which are asked for, and where somebody drew.
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clips as w } from '../../words/clips';
import { decimal } from '../../words/format';
import { at, cells, go, order } from './clip';
import type { Cell } from './course';

export function Strip() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    if (canvas.current) paint(canvas.current, cells.value, at.value);
  });
  useEffect(() => {
    if (!canvas.current) return;
    const own = canvas.current;
    const again = new ResizeObserver(() => paint(own, cells.peek(), at.peek()));
    again.observe(own);
    return () => again.disconnect();
  }, []);
  const now = order.value[at.value];
  return (
    <>
      <div class="clip-strip">
        <canvas ref={canvas} />
        <input
          type="range"
          id="clip-strip"
          min={0}
          max={Math.max(1, order.value.length - 1)}
          step={1}
          value={at.value}
          disabled={order.value.length < 2}
          aria-label={w.strip}
          aria-valuetext={now ? w.frameSpoken(at.value + 1, order.value.length, state(cells.value[at.value])) : ''}
          onInput={(event) => go(event.currentTarget.valueAsNumber)}
        />
      </div>
      <p class="legend" aria-hidden="true">
        {(['sure', 'unsure', 'asked', 'key'] as const).map((kind) => (
          <span key={kind}>
            <i class={`dot is-${kind}`} />
            {w.legend[kind]}
          </span>
        ))}
        <span class="end">{now && w.place(at.value + 1, order.value.length, decimal(now.at, 1))}</span>
      </p>
    </>
  );
}

const state = (cell: Cell | undefined): string =>
  !cell ? '' : cell.asked ? w.legend.asked : cell.waits ? w.legend.waits : w.legend[cell.state];

function paint(canvas: HTMLCanvasElement, all: readonly Cell[], seen: number): void {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const g = canvas.getContext('2d');
  if (!g || !width || !all.length) return;
  const ratio = devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  g.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name);
  const ink = { none: colour('--line'), sure: colour('--good'), unsure: colour('--second') };
  const step = width / all.length;
  const wide = Math.max(1, step - (step > 4 ? 1 : 0));
  for (const [i, cell] of all.entries()) {
    const x = i * step;
    g.fillStyle = cell.waits ? ink.unsure : ink[cell.state];
    const tall = cell.state === 'none' ? 0.25 : cell.state === 'sure' ? 0.6 : 0.45;
    g.fillRect(x, height * (0.82 - tall), wide, height * tall);
    if (cell.labelled) {
      g.fillStyle = colour('--accent');
      g.fillRect(x, height * 0.9, wide, 3);
    }
    g.fillStyle = colour('--ink');
    if (cell.key) round(g, x + step / 2, height * 0.82, 3.5);
    g.fillStyle = colour('--danger');
    if (cell.asked) round(g, x + step / 2, 6, 4.5);
  }
  g.fillStyle = colour('--ink');
  g.fillRect(seen * step + step / 2 - 1.5, 0, 3, height);
}

function round(g: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  g.beginPath();
  g.arc(x, y, radius, 0, 7);
  g.fill();
}
