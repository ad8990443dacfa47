// What is said of the objects of a clip is kept on this phone, and on the device as soon as that answers; and what was carried
// from it is accepted there.
import { can, sure } from '../../api/access';
import { ApiError, device, HOME, ok, patiently } from '../../api/client';
import { on } from '../../api/news';
import type { FrameLabels } from '../../api/types';
import type { Saying } from '../../offline/db';
import { dropSaid, keepSaid, readSaid, sayings } from '../../offline/said';
import { words } from '../../words';
import type { Accepted, AcceptedFrame, Done } from './contract';
import { saysSame, speaksOf } from './course';
import { absent } from './frames';

/** Frames whose labels are written in one go. */
const AT_ONCE = 500;

/** Revisions that were made here. */
const made = new Map<string, number>();

export interface Kept {
  done: Set<string>;
  /** Ways back, the newest first. */
  ways: string[];
  /** Frames that were left as they are, and why. */
  failed: Done['failed'];
}

/** The revision of a frame's labels that is known here, of this one at least. */
export const revisionOf = (frame: string, least: number): number => Math.max(least, made.get(frame) ?? 0);

let refused: (saying: Saying, failed: Done['failed']) => void = () => {};
/** Calls `f` with what was said, and what of it the device will not take; that is kept no longer. */
export function onRefused(f: typeof refused): void {
  refused = f;
}

/** Keeps this on the phone at once, and on the device after all that was said before. */
export async function keepLater(clip: string, body: Accepted): Promise<void> {
  const kept = keepSaid(clip, body);
  void flush();
  await kept;
}

/** Has the device keep this now, after all that was said before. Rejects where nothing is known of what became of it. */
export function keep(clip: string, body: Accepted): Promise<Kept> {
  return inLine(async () => {
    await flush();
    if (sayings.peek().length) throw new ApiError(0, words.silent);
    return written(clip, body);
  });
}

let line: Promise<unknown> = Promise.resolve();
/** Does what changes labels on the device after all else that does. */
export function inLine<T>(act: () => Promise<T>): Promise<T> {
  const done = line.then(act);
  line = done.catch(() => {});
  return done;
}

/** Resolves once nothing is on its way to the device: which revisions were made here is known then. */
export async function idle(): Promise<void> {
  await flush();
  await line;
}

async function written(clip: string, { frames, forget = [], ...rest }: Accepted): Promise<Kept> {
  const kept: Kept = { done: new Set(), ways: [], failed: [] };
  for (let from = 0; from < frames.length || (from === 0 && forget.length); from += AT_ONCE) {
    // What is to be forgotten is, where all frames that are known here were written.
    const last = from + AT_ONCE >= frames.length;
    const some = frames
      .slice(from, from + AT_ONCE)
      .map((one) => ({ ...one, revision: revisionOf(one.frame, one.revision) }));
    const told: Done = await ok(
      device.POST('/api/v1/clips/{id}/accept', {
        params: { path: { id: clip } },
        body: { frames: some, ...rest, forget: last ? forget : [] },
        ...patiently(130_000),
      }),
    );
    const done = new Set(told.done);
    for (const { frame, revision } of some) if (done.has(frame)) made.set(frame, revision + 1);
    for (const frame of done) kept.done.add(frame);
    if (told.undo) kept.ways.unshift(told.undo);
    kept.failed.push(...told.failed);
  }
  return kept;
}

/** That the device takes nothing of what was said. Rejects where it may later. */
const nothingOf =
  ({ body }: Saying) =>
  (error: unknown) => {
    if (!(error instanceof ApiError) || error.passing) throw error;
    return body.frames.map(({ frame }) => ({ frame, detail: error.message }));
  };

/** Sends what was said; answers what the device will not take. Rejects where it may later. */
async function deliver(saying: Saying): Promise<Done['failed']> {
  const { clip, body } = saying;
  let clash = false;
  const failed = await written(clip, body).then(
    (kept) => kept.failed,
    (error) => {
      clash = error instanceof ApiError && error.status === 409;
      return nothingOf(saying)(error);
    },
  );
  const left: Done['failed'] = [];
  const again: AcceptedFrame[] = [];
  for (const one of failed) {
    const said = body.frames.find(({ frame }) => frame === one.frame);
    const params = { path: { id: one.frame } };
    const there: FrameLabels | null = await ok(device.GET('/api/v1/frames/{id}/labels', { params })).catch(absent);
    // An earlier try arrived, and only its answer got lost.
    if (said && there && saysSame(there, said, body.tracks)) made.set(one.frame, there.revision);
    // Somebody labelled the frame meanwhile, but said nothing of this object there.
    else if (said && there && !clash && there.revision > said.revision && !speaksOf(there, body.tracks))
      again.push({ ...said, revision: there.revision });
    else left.push(one);
  }
  return again.length ? [...left, ...(await written(clip, { ...body, frames: again })).failed] : left;
}

async function sendAll(): Promise<void> {
  for (let saying = sayings.peek()[0]; saying; saying = sayings.peek()[0]) {
    // An address may belong to another device by now.
    await sure();
    const failed = await deliver(saying).catch(nothingOf(saying));
    await dropSaid(saying);
    if (!failed.length) continue;
    // Of an object that it did not take as a new one, the rest would be said of another.
    for (const later of sayings.peek())
      if (later.body.tracks.some((track) => saying.body.new.includes(track))) await dropSaid(later);
    refused(saying, failed);
  }
}

let running: Promise<void> | null = null;
/** Sends now what can be sent; resolves when nothing more can. One tab at a time: what was said first is sent first. */
export function flush(): Promise<void> {
  if (running || !sayings.peek().length || !can('labeller')) return running ?? Promise.resolve();
  running = navigator.locks
    .request(`${HOME}said`, sendAll)
    .then(
      () => true,
      () => false,
    )
    .then((all) => {
      running = null;
      return all ? flush() : undefined;
    });
  return running;
}

on('poll', () => void flush());
on('open', () => void flush());
addEventListener('online', () => void flush());
void readSaid().then(flush, () => {});
