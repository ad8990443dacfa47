// What appeared and left, newest first: slice by slice as one scrolls, and at its head as it happens.
import { batch, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { FleetEvent, Sighting } from '../../api/types';

/** Objects of one slice. */
const SLICE = 40;
/** Milliseconds between two looks at the head, at least: objects come in crowds. */
const PAUSE = 1_500;

export const sightings = signal<Sighting[]>([]);
/** Whether there is more to fetch. */
export const open = signal(true);
export const failed = signal(false);
/** Only this category; empty for all. */
export const only = signal('');

let asked = 0; // the filter changed meanwhile, which makes an answer void
let cursor: string | null = null;
let running = false;
let due = 0;

const slice = (before: string | null) =>
  ok(
    device.GET('/api/v1/timeline', {
      params: { query: { limit: SLICE, ...(before && { before }), ...(only.peek() && { category: only.peek() }) } },
    }),
  );
export const keyOf = ({ track, appeared }: Sighting) => `${appeared} ${track}`;

export function restart(): void {
  asked += 1;
  cursor = null;
  running = false;
  batch(() => {
    sightings.value = [];
    open.value = true;
    failed.value = false;
  });
  void more();
}

export function choose(category: string): void {
  only.value = category;
  restart();
}

/** Fetches the following slice. */
export async function more(): Promise<void> {
  if (running || !open.peek()) return;
  running = true;
  const own = asked;
  try {
    const { items, next } = await slice(cursor);
    if (own !== asked) return;
    const known = new Set(sightings.peek().map(keyOf));
    batch(() => {
      sightings.value = [...sightings.peek(), ...items.filter((item) => !known.has(keyOf(item)))];
      open.value = next != null;
      failed.value = false;
    });
    cursor = next ?? null;
  } catch {
    if (own === asked) failed.value = true;
  } finally {
    if (own === asked) running = false;
  }
}

/** Takes over what is new at the head. */
async function head(): Promise<void> {
  const own = asked;
  const { items, next } = await slice(null);
  if (own !== asked) return;
  const fresh = new Set(items.map(keyOf));
  const older = sightings.peek();
  // More came than a slice holds: between the two there would be a gap.
  if (older.length && next && !older.some((item) => fresh.has(keyOf(item)))) return restart();
  sightings.value = [...items, ...older.filter((item) => !fresh.has(keyOf(item)))];
}

function heard({ kind, track, time }: FleetEvent): void {
  if (kind === 'object_left')
    sightings.value = sightings.peek().map((s) => (s.track === track && s.left == null ? { ...s, left: time } : s));
  if (kind !== 'object_appeared' || due) return;
  due = window.setTimeout(() => {
    due = 0;
    void head().catch(() => {}); // the next one brings it
  }, PAUSE);
}

/** Follows what happens until what is returned is called. */
export function follow(): () => void {
  restart();
  const ends = [on('fleet', heard), on('open', restart)];
  return () => {
    for (const end of ends) end();
    clearTimeout(due);
    due = 0;
    asked += 1;
    running = false;
  };
}
