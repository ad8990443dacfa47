// The next frames of the queue, with labels, proposals and pictures, so that labelling goes on through an outage.
import { can } from '../api/access';
import { device, ok, pictureUrl, slowly } from '../api/client';
import type { Frame, QueueItem } from '../api/types';
import { type Ahead, database } from './db';

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

let running = false;
/** Fetches what is missing of these, one after another, and forgets what is no longer among them. */
export async function fetchAhead(items: QueueItem[]): Promise<void> {
  const store = await database();
  if (running || !store || !can('labeller')) return;
  running = true;
  try {
    const wanted = items.slice(0, COUNT);
    const kept = new Map((await store.getAll('ahead')).map((ahead) => [ahead.frame.id, ahead]));
    for (const [place, item] of wanted.entries()) {
      const known = kept.get(item.frame.id);
      if (known && known.labels.revision === item.frame.revision)
        await store.put('ahead', { ...known, ...item, place });
      else await store.put('ahead', await fetched(item, place));
      kept.delete(item.frame.id);
    }
    for (const gone of kept.keys()) await store.delete('ahead', gone);
  } catch {
    // No answer, or no room: what is there is there.
  } finally {
    running = false;
  }
}

async function fetched(item: QueueItem, place: number): Promise<Ahead> {
  const { frame } = item;
  const [labels, picture] = await Promise.all([
    ok(device.GET('/api/v1/frames/{id}/labels', { params: { path: { id: frame.id } } })),
    fetchPicture(frame),
  ]);
  return { ...item, labels, picture, place };
}

/** A frame's picture as bytes. */
export async function fetchPicture(frame: Frame): Promise<Blob> {
  const response = await slowly.fetch(new Request(pictureUrl(frame.id, pictureWidth(frame))));
  if (!response.ok) throw new Error(`${response.status}`);
  return response.blob();
}

/** A frame that is done needs no copy here. */
export async function forgetAhead(frame: string): Promise<void> {
  await (await database())?.delete('ahead', frame).catch(() => {});
}
