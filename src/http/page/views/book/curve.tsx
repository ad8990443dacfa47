// The learning curve: how well both sides, or each category, are found over the epochs. A finger on it turns the pages.
import { useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Segmented } from '../../ui/button';
import { score } from '../../words/format';
import { more } from '../../words/more';
import type { OpenBook } from './book';
import { Categories } from './categories';
import { byCategory, bySide, type Line } from './lines';
import { type Area, axes, type Sheet, useDrawn } from './plot';

const w = more.book;
const [LEFT, RIGHT] = [34, 14]; // margins, CSS pixels
const KINDS = [
  ['sides', w.curveKinds.sides],
  ['categories', w.curveKinds.categories],
] as const;

/** What the curve shows. */
interface Shown {
  lines: Line[];
  /** First and last epoch. */
  span: [number, number];
  /** The epochs of the pictures. */
  at: number[];
}

export function Curve({ open }: { open: OpenBook }) {
  const kind = useSignal<'sides' | 'categories'>('sides');
  const chosen = useSignal<string | null>(null);
  const judged = useComputed(() => open.first.epochs.value.some((epoch) => epoch.categories?.length));
  const each = judged.value && kind.value === 'categories';
  return (
    <>
      <div class="row between">
        <h2>
          {w.curve} <span class="muted">{w.curveScale}</span>
        </h2>
        {judged.value && (
          <Segmented
            label={w.curveKind}
            prefix="curve"
            options={KINDS}
            value={kind.value}
            choose={(next) => {
              kind.value = next;
            }}
          />
        )}
      </div>
      <Canvas
        open={open}
        lines={() => {
          const { epochs } = open.first;
          if (kind.value === 'categories' && judged.value)
            return byCategory(epochs.value, open.categories.value, chosen.value);
          const second = open.second.value;
          const other = second?.experiment.value !== open.first.experiment.value && second?.epochs.value;
          return [...bySide(epochs.value, false), ...(other ? bySide(other, true) : [])];
        }}
      />
      {each && <Categories open={open} chosen={chosen} />}
    </>
  );
}

function Canvas({ open, lines }: { open: OpenBook; lines: () => Line[] }) {
  const scale = useRef<(x: number) => number>(() => 0); // from CSS pixels to an epoch
  const canvas = useDrawn(
    (): Shown => {
      const all = [open.first.epochs.value, ...open.leaves.value.map((leaf) => leaf.epochs.value)].flat();
      const numbers = [...all, ...(open.book.value?.epochs ?? [])].map((epoch) => epoch.epoch);
      return {
        lines: lines(),
        span: [Math.min(...numbers), Math.max(...numbers)],
        at: open.leaves.value.flatMap((leaf) => leaf.epoch.value?.epoch ?? []),
      };
    },
    (sheet, shown) => {
      const [from, to] = shown.span;
      scale.current = (x) => from + ((x - LEFT) / (sheet.w - LEFT - RIGHT)) * (to - from);
      drawCurve(sheet, shown);
      return false;
    },
    [open],
  );
  const spoken = useComputed(() => {
    const epoch = open.first.epoch.value;
    if (!epoch) return '';
    const told = bySide([epoch], false).map((line) => legend(line, epoch.epoch));
    return w.curveSpoken(epoch.epoch, told.join(', '));
  });
  const scrub = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    open.scrubTo(scale.current(event.clientX - event.currentTarget.getBoundingClientRect().left));
  };
  return (
    <canvas
      id="curve"
      class="plot short"
      role="img"
      ref={canvas}
      aria-label={spoken}
      onPointerDown={scrub}
      onPointerMove={(event) => event.buttons && scrub(event)}
      onPointerUp={(event) => {
        scrub(event);
        open.settle();
      }}
      onPointerCancel={() => open.settle()}
    />
  );
}

const valueAt = (line: Line, epoch: number) => line.values.find(([known]) => known === epoch)?.[1] ?? null;
const legend = (line: Line, epoch: number) =>
  `${w.sides[line.name as keyof typeof w.sides] ?? line.name} ${score(valueAt(line, epoch))}`;

function drawCurve(sheet: Sheet, { lines, span: [from, to], at }: Shown): void {
  const { g, w: width, h } = sheet;
  const area: Area = { left: LEFT, right: RIGHT, y: (value) => 12 + (1 - value) * (h - 40) };
  const x = (epoch: number) => LEFT + ((epoch - from) / Math.max(1, to - from)) * (width - LEFT - RIGHT);
  axes(sheet, area, `${w.epoch} ${to}`, [[x(from) + 4, String(from)]]);
  g.strokeStyle = sheet.muted;
  for (const [n, epoch] of at.entries()) {
    g.setLineDash(n ? [3, 3] : []);
    g.beginPath();
    g.moveTo(x(epoch), area.y(1));
    g.lineTo(x(epoch), area.y(0));
    g.stroke();
  }
  for (const line of lines) drawLine(sheet, line, x, area, at[line.dashed ? 1 : 0] ?? 0);
  g.setLineDash([]);
  g.globalAlpha = 1;
  g.textAlign = 'left';
  g.font = '600 12px system-ui, sans-serif';
  let end = LEFT + 30;
  for (const line of lines.filter(({ name, dashed }) => name in w.sides && !dashed)) {
    const text = legend(line, at[0] ?? 0);
    g.fillStyle = inkOf(sheet, line);
    g.fillText(text, end, h - 8);
    end += g.measureText(text).width + 14;
  }
}

const inkOf = (sheet: Sheet, { colour }: Line) => sheet[colour as 'validation' | 'training' | 'muted'] ?? colour;

function drawLine(sheet: Sheet, line: Line, x: (epoch: number) => number, area: Area, at: number): void {
  const { g } = sheet;
  g.strokeStyle = inkOf(sheet, line);
  g.fillStyle = g.strokeStyle;
  g.globalAlpha = line.faint ? 0.18 : 1;
  g.lineWidth = line.dashed ? 1.8 : 2.4;
  g.lineJoin = 'round';
  g.setLineDash(line.dashed ? [5, 4] : []);
  g.beginPath();
  let broken = true;
  for (const [epoch, value] of line.values) {
    if (value === null) broken = true;
    else {
      if (broken) g.moveTo(x(epoch), area.y(value));
      g.lineTo(x(epoch), area.y(value));
      broken = false;
    }
  }
  g.stroke();
  const value = valueAt(line, at);
  if (value === null) return;
  g.beginPath();
  g.arc(x(at), area.y(value), 4.5, 0, 7);
  g.fill();
}
