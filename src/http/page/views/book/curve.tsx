// The learning curve: AP50 of both sides over the epochs. A finger on it turns the pages.
import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { FlipBookEpoch, Side } from '../../api/types';
import { words } from '../../words';
import { score } from '../../words/format';
import type { OpenBook } from './book';
import { type Area, axes, type Sheet, useDrawn } from './plot';

const w = words.book;
const [LEFT, RIGHT] = [34, 14]; // margins, CSS pixels

export function Curve({ open }: { open: OpenBook }) {
  const width = useRef(0);
  const canvas = useDrawn(
    () => [open.first.epochs.value, open.first.at.value] as const,
    (sheet, [epochs, at]) => {
      width.current = sheet.w;
      drawCurve(sheet, epochs, at);
      return false;
    },
    [open],
  );
  const spoken = useComputed(() => {
    const epoch = open.first.epoch.value;
    return epoch ? w.curveSpoken(epoch.epoch, legend(epoch, 'training'), legend(epoch, 'validation')) : '';
  });
  const scrub = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const inside = width.current - LEFT - RIGHT;
    if (inside <= 0) return;
    const share = (event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT) / inside;
    open.scrub(open.first, Math.round(Math.min(1, Math.max(0, share)) * Math.max(1, open.first.last)));
  };
  return (
    <>
      <h2>
        {w.curve} <span class="muted">AP50</span>
      </h2>
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
    </>
  );
}

const legend = (epoch: FlipBookEpoch, side: Side) => `${w.sides[side]} ${score(epoch.metrics[side].ap50)}`;

function drawCurve(sheet: Sheet, epochs: FlipBookEpoch[], at: number): void {
  const { g, w: width, h } = sheet;
  const [shown, first, final] = [epochs[at], epochs[0], epochs.at(-1)];
  if (!shown || !first || !final) return;
  const area: Area = { left: LEFT, right: RIGHT, y: (value) => 12 + (1 - value) * (h - 40) };
  const last = Math.max(1, epochs.length - 1);
  const x = (i: number) => LEFT + (i / last) * (width - LEFT - RIGHT);
  axes(sheet, area, `${w.epoch} ${final.epoch}`, [[x(0) + 4, String(first.epoch)]]);
  g.strokeStyle = sheet.muted;
  g.beginPath();
  g.moveTo(x(at), area.y(1));
  g.lineTo(x(at), area.y(0));
  g.stroke();
  for (const side of ['training', 'validation'] as const) {
    g.strokeStyle = sheet[side];
    g.fillStyle = sheet[side];
    g.lineWidth = 2.4;
    g.lineJoin = 'round';
    g.beginPath();
    for (const [i, epoch] of epochs.entries()) g.lineTo(x(i), area.y(epoch.metrics[side].ap50));
    g.stroke();
    g.beginPath();
    g.arc(x(at), area.y(shown.metrics[side].ap50), 4.5, 0, 7);
    g.fill();
  }
  g.textAlign = 'left';
  g.font = '600 12px system-ui, sans-serif';
  const validation = legend(shown, 'validation');
  g.fillStyle = sheet.validation;
  g.fillText(validation, LEFT + 30, h - 8);
  g.fillStyle = sheet.training;
  g.fillText(legend(shown, 'training'), LEFT + 44 + g.measureText(validation).width, h - 8);
}
