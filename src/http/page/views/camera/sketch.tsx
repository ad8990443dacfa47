// The zone that is being drawn, on the picture: a tap adds a corner, a drag moves one, a tap on the first closes it.
import { useRef } from 'preact/hooks';
import { more } from '../../words/more';
import { type Corner, LEAST, points } from './corners';
import { add, close, drop, move, type Sketch, sketch, take } from './zone';
import { placed } from './zones';

const w = more.camera.zones;
/** Milliseconds in which a second tap looks closer instead. */
const DOUBLE = 340;
/** Share of the picture that an arrow key moves a corner; with Shift. */
const [STEP, LEAP] = [0.01, 0.05];
const WAYS: Record<string, Corner> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function SketchLayer() {
  const now = sketch.value;
  return now && <Layer now={now} />;
}

function Layer({ now }: { now: Sketch }) {
  const layer = useRef<HTMLDivElement>(null);
  const last = useRef(0);
  const shares = (event: MouseEvent): Corner => {
    const { left, top, width, height } = (layer.current as HTMLElement).getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  const tap = (event: MouseEvent) => {
    if (event.target !== event.currentTarget || now.closed) return;
    const again = event.timeStamp - last.current < DOUBLE && event.detail > 1;
    last.current = again ? 0 : event.timeStamp;
    // The first of two quick taps meant to look closer, and no corner.
    if (again) drop(now.corners.length - 1);
    else add(...shares(event));
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the form has buttons and fields that do the same
    // biome-ignore lint/a11y/noStaticElementInteractions: the same
    <div class={`sketch ${now.kind}`} id="sketch" ref={layer} onClick={tap}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        {now.closed ? <polygon points={points(now.corners)} /> : <polyline points={points(now.corners)} />}
      </svg>
      {now.corners.map((at, n) => (
        <Handle key={`${n}`} n={n} at={at} now={now} shares={shares} />
      ))}
    </div>
  );
}

function Handle({ n, at, now, shares }: { n: number; at: Corner; now: Sketch; shares: (e: MouseEvent) => Corner }) {
  const dragged = useRef(false);
  const closes = n === 0 && !now.closed && now.corners.length >= LEAST;
  return (
    <button
      type="button"
      class={`corner${closes ? ' closes' : ''}`}
      data-corner={n}
      ref={placed(at)}
      aria-pressed={now.at === n}
      aria-label={w.corner(n + 1, Math.round(at[0] * 100), Math.round(at[1] * 100))}
      onPointerDown={(event) => {
        event.stopPropagation(); // the picture stays where it is
        event.currentTarget.setPointerCapture(event.pointerId);
        dragged.current = false;
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        if (!dragged.current && Math.abs(event.movementX) + Math.abs(event.movementY) === 0) return;
        dragged.current = true;
        move(n, shares(event));
      }}
      onClick={() => {
        if (dragged.current) dragged.current = false;
        else if (closes) close();
        else take(n);
      }}
      onKeyDown={(event) => {
        const way = WAYS[event.key];
        const step = event.shiftKey ? LEAP : STEP;
        if (way) move(n, [at[0] + way[0] * step, at[1] + way[1] * step]);
        else if (event.key === 'Delete' || event.key === 'Backspace') drop(n);
        else return;
        event.preventDefault();
      }}
    />
  );
}
