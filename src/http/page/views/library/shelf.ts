// The frames that were fetched of what the filter lets through: slice by slice, as one scrolls.
import { device, ok } from '../../api/client';
import type { Frame } from '../../api/types';
import { slices } from '../../ui/slices';
import { type Filter, filter, query } from './filter';

export interface Item {
  id: string;
  /** Unknown for what a training names. */
  frame: Frame | null;
  /** How sure the newest training's winner was of it, 0 to 1. */
  confidence: number | null;
}

/** Frames of one slice. */
const SLICE = 60;

export const shelf = slices<Item>(
  ({ id }) => id,
  (before) => (filter.peek().order === 'unsure' ? unsure(filter.peek(), before) : newest(filter.peek(), before)),
);
const { items } = shelf;

interface Slice {
  items: Item[];
  next: string | null;
}

async function newest(wanted: Filter, before: string | null): Promise<Slice> {
  const params = { query: { ...query(wanted), limit: SLICE, ...(before && { before }) } };
  const slice = await ok(device.GET('/api/v1/frames', { params }));
  return { items: slice.items.map((frame) => ({ id: frame.id, frame, confidence: null })), next: slice.next ?? null };
}

/** All frames of the newest training that is done, the least sure first; what the filter asks of their records is asked of
 * each when it is its turn. */
async function unsure(wanted: Filter, before: string | null): Promise<Slice> {
  const order = await ranked();
  const from = Number(before ?? 0);
  const turn = order.slice(from, from + SLICE);
  const records = await Promise.all(
    turn.map(({ id }) => ok(device.GET('/api/v1/frames/{id}', { params: { path: { id } } })).catch(() => null)),
  );
  const found: Item[] = [];
  for (const [i, item] of turn.entries()) {
    const frame = records[i] as Frame | null | undefined;
    if (frame && (wanted.phase === 'all' || frame.phase === wanted.phase)) found.push({ ...item, frame });
  }
  const end = from + turn.length;
  return { items: found, next: end < order.length ? String(end) : null };
}

async function ranked(): Promise<Item[]> {
  const { items: trainings } = await ok(device.GET('/api/v1/trainings', { params: { query: { limit: 20 } } }));
  const newest = trainings.find((training) => training.state === 'done');
  if (!newest) return [];
  const book = await ok(device.GET('/api/v1/trainings/{id}/flipbook', { params: { path: { id: newest.id } } }));
  const points = book.epochs.at(-1)?.points ?? [];
  return book.frames
    .map((frame, n) => ({ id: frame.id, frame: null, confidence: points[n]?.confidence ?? 0 }))
    .sort((a, b) => a.confidence - b.confidence);
}

/** A frame's labels were written: what is shown of it follows; where it no longer belongs, it goes. */
export function follow(id: string, phase: Frame['phase'], revision: number): void {
  if (!items.peek().some((item) => item.id === id)) return;
  const wanted = filter.peek().phase;
  items.value =
    wanted !== 'all' && wanted !== phase
      ? items.peek().filter((item) => item.id !== id)
      : items
          .peek()
          .map((item) =>
            item.id === id && item.frame ? { ...item, frame: { ...item.frame, phase, revision } } : item,
          );
}

/** A new frame: where newest come first and nothing narrows them, it is the first. */
export function arrive(frame: Frame): void {
  const { phase, category, side, source, camera, until, order } = filter.peek();
  if (order !== 'newest' || category || side || until) return;
  if ((phase !== 'all' && phase !== frame.phase) || (source && source !== frame.source)) return;
  if (camera && camera !== frame.camera) return;
  if (items.peek().some((item) => item.id === frame.id)) return;
  items.value = [{ id: frame.id, frame, confidence: null }, ...items.peek()];
}

/** These are no longer there. */
export function drop(ids: Iterable<string>): void {
  const gone = new Set(ids);
  items.value = items.peek().filter((item) => !gone.has(item.id));
}
