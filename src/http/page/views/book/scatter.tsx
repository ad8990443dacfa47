// The cloud of frames: one point each, its score upwards, confidence or loss to the right.
import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Segmented } from '../../ui/button';
import { more } from '../../words/more';
import type { OpenBook } from './book';
import { type Cloud, drawCloud, type Place, placesOf } from './cloud';
import { calm, useDrawn } from './plot';
import { commonLoss, farOff } from './points';

const w = more.book;
const AXES = [
  ['confidence', w.axisButtons.confidence],
  ['loss', w.axisButtons.loss],
] as const;
/** Milliseconds that points take to their new places. */
const MOVE = 180;
/** CSS pixels around a point that a finger may miss it by. */
const REACH = 40;

export function Scatter({ open }: { open: OpenBook }) {
  const places = useRef<Place[]>([]);
  const most = useComputed(() => (open.axis.value === 'loss' && open.book.value ? commonLoss(open.book.value) : 1));
  const canvas = useMoving(open, places, () => most.value);
  const spoken = useComputed(() =>
    w.scatterSpoken(w.axes[open.axis.value], open.frames.value.length, open.first.epoch.value?.epoch ?? 0),
  );
  const far = useComputed(() => farOff(open.first.epoch.value?.points ?? []).size);
  const tapped = (event: MouseEvent & { currentTarget: HTMLElement }) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const distances = places.current.map(([x, y]) => Math.hypot(x - event.clientX + left, y - event.clientY + top));
    const nearest = distances.indexOf(Math.min(...distances));
    if ((distances[nearest] ?? REACH) < REACH) open.choose(nearest);
  };
  return (
    <>
      <div class="row between">
        <h2>{w.cloud}</h2>
        <Segmented
          label={w.axis}
          prefix="axis"
          options={AXES}
          value={open.axis.value}
          choose={(axis) => {
            open.axis.value = axis;
          }}
        />
      </div>
      <canvas id="scatter" class="plot" role="img" ref={canvas} aria-label={spoken} onClick={tapped} />
      {far.value > 0 && (
        <p class="hint" id="far">
          {w.far(far.value)}
        </p>
      )}
    </>
  );
}

/** For the canvas' `ref`: draws the cloud, and moves its points when the page is turned. */
function useMoving(open: OpenBook, places: { current: Place[] }, most: () => number) {
  // Points set out from where they are, also when the page is turned again before they have arrived.
  const way = useRef({ at: -1, from: [] as Place[], since: 0 });
  return useDrawn(
    (): Cloud => ({
      frames: open.frames.value,
      epochs: open.first.epochs.value,
      at: open.first.at.value,
      axis: open.axis.value,
      chosen: open.frame.value,
      among: open.filter.value ? new Set(open.order.value) : null,
      most: most(),
    }),
    (sheet, cloud, time) => {
      const there = placesOf(sheet, cloud);
      const moving = way.current;
      if (cloud.at !== moving.at) {
        const jump = calm() || places.current.length !== there.length;
        way.current = { at: cloud.at, from: jump ? there : places.current, since: time };
      }
      const { from, since } = way.current;
      const passed = Math.min(1, (time - since) / MOVE);
      const share = 1 - (1 - passed) ** 3;
      places.current = there.map(([x, y], n) => {
        const [x0, y0] = from[n] ?? [x, y];
        return [x0 + (x - x0) * share, y0 + (y - y0) * share];
      });
      drawCloud(sheet, cloud, places.current);
      return passed < 1;
    },
    [open],
  );
}
