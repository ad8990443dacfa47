// What appeared and left, newest first: slice by slice as one scrolls, and at its head as it happens.
import { signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { FleetEvent, Sighting } from '../../api/types';
import { slices } from '../../ui/slices';
import { chosen, ofChosen } from './chosen';

/** Objects of one slice. */
const SLICE = 40;
/** Milliseconds between two looks at the head, at least: objects come in crowds. */
const PAUSE = 1_500;

/** Only this category; empty for all. */
export const only = signal('');
export const keyOf = ({ track, appeared }: Sighting) => `${appeared} ${track}`;

const slice = (before: string | null) =>
  ok(
    device.GET('/api/v1/timeline', {
      params: {
        query: {
          limit: SLICE,
          ...(before && { before }),
          ...(only.peek() && { category: only.peek() }),
          ...ofChosen(),
        },
      },
    }),
  );
export const sightings = slices<Sighting>(keyOf, slice);
const { items: shown, restart } = sightings;

let due = 0;

export function choose(category: string): void {
  only.value = category;
  restart();
}

/** Takes over what is new at the head. */
async function head(): Promise<void> {
  const counts = sightings.since();
  const { items, next } = await slice(null);
  if (!counts()) return;
  const fresh = new Set(items.map(keyOf));
  const older = shown.peek();
  // More came than a slice holds: between the two there would be a gap.
  if (older.length && next && !older.some((item) => fresh.has(keyOf(item)))) return restart();
  shown.value = [...items, ...older.filter((item) => !fresh.has(keyOf(item)))];
}

function heard({ kind, track, time }: FleetEvent): void {
  if (kind === 'object_left')
    shown.value = shown.peek().map((s) => (s.track === track && s.left == null ? { ...s, left: time } : s));
  if (kind !== 'object_appeared' || due) return;
  due = window.setTimeout(() => {
    due = 0;
    void head().catch(() => {}); // the next one brings it
  }, PAUSE);
}

/** Follows what happens until what is returned is called. */
export function follow(): () => void {
  const ends = [on('fleet', heard), on('open', restart), chosen.subscribe(restart)];
  return () => {
    for (const end of ends) end();
    clearTimeout(due);
    due = 0;
    sightings.stop();
  };
}
