// What somebody says of the objects on the picture that stands still. It is kept at once, as a draft that no training takes:
// a slip of the finger costs nothing.
import { batch, signal } from '@preact/signals';
import { device, ok, slowly } from '../../api/client';
import type { components } from '../../api/schema';
import { offerUndo } from '../../ui/undo';
import { more } from '../../words/more';
import { held, hold, release, shown } from './looks';

type Kept = components['schemas']['Kept'];
export type Verdict = 'right' | 'wrong';
type Said = ReadonlyMap<number, Verdict>;

/** The place of the object that was tapped. */
export const picked = signal<number | null>(null);
/** What was said, by place. */
export const said = signal<Said>(new Map());
/** The frame of the look, once it is kept. */
export const kept = signal<Kept | null>(null);

/** The picture stands still, with this object in hand. */
export function pick(at: number): void {
  hold();
  picked.value = at;
}

/** Back to what is seen now. */
export function leave(): void {
  batch(() => {
    picked.value = null;
    said.value = new Map();
    kept.value = null;
    release();
  });
}

/** Keeps the frame with its boxes, and what is said of one of them. */
export async function keep(at?: number, verdict?: Verdict): Promise<void> {
  const look = shown.peek();
  if (!look) return;
  const [before, saidBefore] = [kept.peek(), said.peek()];
  const { taken, camera } = look.detections;
  const which = { taken, ...(camera && { camera }) };
  const body = verdict === undefined || at === undefined ? which : { ...which, [verdict]: [at] };
  const now = await ok(device.POST('/api/v1/detections/keep', { body, ...slowly }));
  const mine = () => held.peek() && shown.peek() === look;
  if (mine()) {
    kept.value = now;
    if (at !== undefined && verdict) said.value = new Map(saidBefore).set(at, verdict);
  }
  const name = at === undefined ? undefined : look.detections.objects[at]?.category;
  offerUndo(name && verdict ? more.camera.saidDone[verdict](name) : more.camera.keptDone, async () => {
    const restored = await restore(now, before);
    if (!mine()) return;
    kept.value = restored;
    said.value = saidBefore;
  });
}

/** What was there before; a frame that came only by being kept stays, without marks. */
async function restore(now: Kept, before: Kept | null): Promise<Kept | null> {
  const { labels = [], rejected = [] } = before?.labels ?? {};
  const params = { path: { id: now.frame.id } };
  const body = { revision: now.labels.revision, phase: 'unlabelled' as const, labels, rejected };
  const fresh = await ok(device.PUT('/api/v1/frames/{id}/labels', { params, body }));
  return before && { ...before, labels: fresh };
}
