// Where the queue's frames come from: the device; while that does not answer, what was fetched ahead.
import { can } from '../../api/access';
import { ApiError, device, ok, slowly } from '../../api/client';
import { connected, silent } from '../../api/link';
import type { Frame, Phase } from '../../api/types';
import { allAhead } from '../../offline/ahead';
import { draftOf } from '../../offline/drafts';
import { words } from '../../words';
import type { Item, Source } from './queue';
import { goal } from './state';

/** Frames asked for at a time; at first fewer, as somebody waits. */
const SLICE = 30;
const FIRST = 4;
const NEWEST = 100;
const DONE: Phase[] = ['labelled', 'reviewed', 'final'];

/** Milliseconds after which one begins with what was fetched ahead. */
const PATIENCE = 1_500;

interface Slice {
  items: Item[];
  next: string | null;
}

async function ranked(before: string | undefined): Promise<Slice> {
  const query = { phase: goal.peek(), limit: before ? SLICE : FIRST, ...(before && { before }) };
  // A model may take its time, a device that does not answer may not.
  const asked = ok(device.GET('/api/v1/queue', { params: { query }, ...(!silent.peek() && slowly) }));
  const slice = asked.then(({ items, next }) => ({ items, next: next ?? null }));
  if (before !== undefined) return slice;
  // Without the device one goes on with what is here; from the beginning, once it answers.
  const kept = allAhead().then((all) => all.filter(({ frame }) => frame.phase === goal.peek()));
  const late = new Promise((done) => setTimeout(done, PATIENCE));
  slice.catch(() => {});
  await Promise.race([late, slice]).catch(() => {});
  const here = (await kept).length ? { items: await kept, next: '' } : null;
  const instead = (error: unknown) => {
    if (here && error instanceof ApiError && error.status === 0) return here;
    throw error;
  };
  return (here && (silent.peek() || !connected.peek()) ? Promise.race([slice, here]) : slice).catch(instead);
}

/** Who only looks sees what is labelled, newest first: one phase after the other. */
async function looked(cursor: string | undefined): Promise<Slice> {
  const [phase = 'labelled', before] = (cursor ?? 'labelled').split(' ') as [Phase, string | undefined];
  const query = { phase, limit: SLICE, ...(before && { before }) };
  const { items, next } = await ok(device.GET('/api/v1/frames', { params: { query } }));
  const following = DONE[DONE.indexOf(phase) + 1];
  return { items: items.map(bare), next: next ? `${phase} ${next}` : (following ?? null) };
}

const bare = (frame: Frame): Item => ({ frame, reason: '', proposals: null });

export const source: Source = {
  slice: (before) => (can('labeller') ? ranked(before) : looked(before)),
  async newest(before) {
    if (!can('labeller')) return { items: [], next: null };
    const query = { phase: goal.peek(), limit: NEWEST, ...(before && { before }) };
    const { items, next } = await ok(device.GET('/api/v1/frames', { params: { query } }));
    return { items: items.map((frame) => ({ ...bare(frame), reason: words.label.newReason })), next: next ?? null };
  },
  waits: (frame) => (draftOf(frame)?.order ?? 0) > 0,
};
