// The next frames of the queue, with labels, proposals and pictures, so that labelling goes on through an outage.
import { can } from '../api/access';
import { device, ok, pictureUrl, slowly } from '../api/client';
import type { Frame, Prediction } from '../api/types';
import { type Ahead, database } from './db';
import { draftOf } from './drafts';

/** How many frames are fetched ahead. */
export const COUNT = 30;
/** No more pixels across than a phone can show zoomed in; boxes stay in pixels of the stored frame. */
const WIDEST = 1_920;
export const pictureWidth = (frame: Frame): number | undefined => (frame.width > WIDEST ? WIDEST : undefined);

/** What was fetched of a frame. */
export async function aheadOf(frame: string): Promise<Ahead | undefined> {
  return (await database())?.get('ahead', frame).catch(() => undefined);
}

/** All that was fetched, in the order of the queue. */
export async function allAhead(): Promise<Ahead[]> {
  const all = (await (await database())?.getAll('ahead').catch(() => [])) ?? [];
  return all.sort((a, b) => a.place - b.place);
}

interface Item {
  frame: Frame;
  reason: string;
  /** `null`: not asked yet. */
  proposals: Prediction[] | null;
}

let running = false;
let later: Item[] | null = null;
/**
 * Fetches what is missing of these, one after another, and forgets what is no longer among them and has no draft: a frame
 * that is not on the device yet may be looked at again.
 */
export async function fetchAhead(items: Item[]): Promise<void> {
  if (running) later = items;
  if (running || !can('labeller')) return;
  running = true;
  try {
    for (let next: Item[] | null = items; next; next = later) {
      later = null;
      await fetchAll(next.slice(0, COUNT));
    }
  } catch {
    // No answer, or no room: what is there is there.
  } finally {
    running = false;
  }
}

async function fetchAll(wanted: Item[]): Promise<void> {
  const store = await database();
  if (!store) return;
  const kept = new Map((await store.getAll('ahead')).map((ahead) => [ahead.frame.id, ahead]));
  for (const [place, item] of wanted.entries()) {
    if (later) return; // others are wanted by now
    const known = kept.get(item.frame.id);
    if (known && known.labels.revision >= item.frame.revision)
      await store.put('ahead', { ...known, reason: item.reason, proposals: item.proposals ?? known.proposals, place });
    else await store.put('ahead', await fetched(item, place));
    kept.delete(item.frame.id);
  }
  for (const gone of kept.keys()) if (!draftOf(gone)) await store.delete('ahead', gone);
}

async function fetched({ frame, reason, proposals }: Item, place: number): Promise<Ahead> {
  const params = { path: { id: frame.id } };
  const [labels, picture, proposed] = await Promise.all([
    ok(device.GET('/api/v1/frames/{id}/labels', { params })),
    fetchPicture(frame),
    proposals ?? ok(device.GET('/api/v1/frames/{id}/proposals', { params, ...slowly })).then(({ items }) => items),
  ]);
  return { frame, reason, labels, proposals: proposed, picture, place };
}

/** A frame's picture as bytes. Rejects with an `ApiError`, as whatever is asked. */
export function fetchPicture(frame: Frame): Promise<Blob> {
  const asked = slowly.fetch(new Request(pictureUrl(frame.id, pictureWidth(frame))));
  return ok(asked.then(async (response) => ({ response, data: await response.blob() })));
}

/** A frame that is done needs no copy here. */
export async function forgetAhead(frame: string): Promise<void> {
  await (await database())?.delete('ahead', frame).catch(() => {});
}
