// What is said of the objects of a clip is kept on the device: at once, and again with all that was carried from it.
import { device, ok, patiently } from '../../api/client';
import type { Accepted, Done } from './contract';

/** Frames whose labels are written in one go. */
const AT_ONCE = 500;

/** Revisions that were made here. */
const made = new Map<string, number>();
let line: Promise<unknown> = Promise.resolve();

export interface Kept {
  done: Set<string>;
  /** Ways back, the newest first. */
  ways: string[];
  /** How many were left as they are, and why the first of them. */
  failed: number;
  why: string;
}

/** Has the device write this, after all that it was given before, whose revisions it goes by. Rejects where nothing is known
 * of what became of it. */
export function keep(clip: string, body: Accepted): Promise<Kept> {
  const done = line.then(() => written(clip, body));
  line = done.catch(() => {});
  return done;
}

async function written(clip: string, { frames, tracks }: Accepted): Promise<Kept> {
  const kept: Kept = { done: new Set(), ways: [], failed: 0, why: '' };
  for (let from = 0; from < frames.length; from += AT_ONCE) {
    const some = frames.slice(from, from + AT_ONCE).map((one) => {
      return { ...one, revision: Math.max(one.revision, made.get(one.frame) ?? 0) };
    });
    const told: Done = await ok(
      device.POST('/api/v1/clips/{id}/accept', {
        params: { path: { id: clip } },
        body: { frames: some, tracks },
        ...patiently(130_000),
      }),
    );
    const done = new Set(told.done);
    for (const { frame, revision } of some) if (done.has(frame)) made.set(frame, revision + 1);
    for (const frame of done) kept.done.add(frame);
    if (told.undo) kept.ways.unshift(told.undo);
    kept.failed += told.failed.length;
    kept.why ||= told.failed[0]?.detail ?? '';
  }
  return kept;
}
