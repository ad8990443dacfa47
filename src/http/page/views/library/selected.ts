// Which frames are chosen, and what is done with all of them at once.
import { computed, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { Phase } from '../../api/types';
import { more } from '../../words/more';
import { count } from './counts';
import { drop, shelf } from './shelf';

export type Action = 'delete' | 'unlabel' | Exclude<Phase, 'unlabelled'>;

/** Whether a tap chooses instead of opening. */
export const selecting = signal(false);
export const selected = signal<ReadonlySet<string>>(new Set());
export const chosen = computed(() => selected.value.size);

/** Frames that the device takes in one request, at most. */
const AT_ONCE = 500;

export function toggle(id: string): void {
  const next = new Set(selected.peek());
  if (!next.delete(id)) next.add(id);
  selected.value = next;
}

/** From the one that was chosen last to this one: for a Shift click. */
export function reach(id: string): void {
  const order = shelf.items.peek().map((item) => item.id);
  const last = [...selected.peek()].at(-1);
  const [a, b] = [order.indexOf(last ?? id), order.indexOf(id)].sort((x, y) => x - y) as [number, number];
  selected.value = new Set([...selected.peek(), ...order.slice(Math.max(0, a), b + 1)]);
}

export function chooseAll(): void {
  selected.value = new Set(shelf.items.peek().map((item) => item.id));
}

export function stop(): void {
  selecting.value = false;
  selected.value = new Set();
}

export interface Done {
  done: number;
  /** Those that were not, and why the first was not. */
  failed: number;
  detail: string;
  /** What puts it back, one for each request. */
  undo: string[];
}

/** Does it to all that are chosen. */
export async function act(action: Action): Promise<Done> {
  const all = [...selected.peek()];
  const result: Done = { done: 0, failed: 0, detail: '', undo: [] };
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const frames = all.slice(at, at + AT_ONCE);
    const answer = await ok(device.POST('/api/v1/frames/batch', { body: { frames, action } }));
    result.done += answer.done.length;
    result.failed += answer.failed.length;
    result.detail ||= String(answer.failed[0]?.detail ?? '');
    if (answer.undo) result.undo.push(answer.undo);
    if (action === 'delete') drop(answer.done);
  }
  stop();
  await count();
  return result;
}

/** Those that are chosen, as a data set of their own, in the phone's downloads. */
export async function takeAlong(): Promise<void> {
  const frames = [...selected.peek()];
  if (frames.length > AT_ONCE) throw new Error(more.library.tooMany(AT_ONCE));
  const zip = await ok(
    device.POST('/api/v1/dataset.zip', { body: { frames }, parseAs: 'blob', fetch: fetch.bind(self) }),
  );
  const link = document.createElement('a');
  link.href = URL.createObjectURL(zip as unknown as Blob);
  link.download = `frames-${frames.length}.zip`;
  link.click();
  // The download has begun with the click; its bytes may go a little later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
