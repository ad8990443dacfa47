// Opening a clip, and having the device carry what is said in it.
import { batch } from '@preact/signals';
import { can } from '../../api/access';
import { loadCategories } from '../../api/categories';
import { ApiError, device, ok, patiently } from '../../api/client';
import { say } from '../../shell/banner';
import { clips as w } from '../../words/clips';
import { ofDevice } from '../../words/device';
import {
  all,
  boxed,
  carrying,
  category,
  changed,
  clear,
  empty,
  go,
  gone,
  held,
  here,
  open,
  order,
  part,
  trouble,
  uncarried,
  wanted,
} from './clip';
import type { Answer, ClipTrack } from './contract';
import { courses, dimmed, stills } from './course';
import { absent, beginnings, clipOf, looked, rangeOf } from './frames';
import { flush } from './kept';

/** Carrying takes the device two minutes at most. */
const long = patiently(130_000);

/** Another clip, or part of it, ends what was asked for the one before: the device carries for one at a time. */
let own = new AbortController();
const waits = new Set<string>();
let running = false;
/** Takes away what is told of the last answer. */
let hush = () => {};

function anew(): AbortSignal {
  own.abort();
  own = new AbortController();
  waits.clear();
  running = false;
  return own.signal;
}

/** Where one is to be in a clip. */
interface Place {
  /** That of the frame, where it is not known. */
  part: number | undefined;
  frame: string | undefined;
  track: string | null;
}

export async function enter(id: string, place: Place = { part: 0, frame: undefined, track: null }): Promise<void> {
  const ended = anew();
  wanted.value = id;
  clear();
  try {
    const clip = await clipOf(id);
    const first = await ok(device.GET('/api/v1/frames/{id}', { params: { path: { id: clip.first } } }));
    const parts = await beginnings(clip);
    if (!boxed.peek().length) await loadCategories();
    if (ended.aborted) return;
    batch(() => {
      open.value = { clip, size: { width: first.width, height: first.height as number }, parts };
      if (!boxed.peek().some(({ name }) => name === category.peek())) category.value = boxed.peek()[0]?.name ?? '';
    });
    const number = place.part ?? (await partWith(place.frame, parts));
    if (!ended.aborted) await turnTo(Math.min(number, parts.length - 1), place);
  } catch (error) {
    if (!ended.aborted) failed(error);
  }
}

/** The part that has this frame; the first where there is none. */
async function partWith(id: string | undefined, parts: readonly number[]): Promise<number> {
  if (!id || parts.length < 2) return 0;
  const frame = await ok(device.GET('/api/v1/frames/{id}', { params: { path: { id } } })).catch(absent);
  const at = frame?.clip?.at ?? 0;
  return Math.max(
    0,
    parts.findLastIndex((begins) => begins <= at),
  );
}

export async function turnTo(
  number: number,
  { frame, track }: Omit<Place, 'part'> = { frame: undefined, track: null },
) {
  const ended = anew();
  batch(() => {
    empty();
    part.value = number;
    carrying.value = true;
  });
  try {
    // What was said before is in what the device answers.
    await flush();
    await carry(undefined, ended);
    if (ended.aborted) return;
    go(order.peek().findIndex(({ id }) => id === frame));
    if (all.peek().some((one) => one.track === track)) held.value = track;
  } catch (error) {
    if (!ended.aborted) failed(error);
  }
  if (!ended.aborted) carrying.value = false;
}

export function leave(): void {
  anew();
  wanted.value = '';
  clear();
}

/** The same place in the clip, as the device has it now. */
export const reload = (): Promise<void> =>
  enter(wanted.peek(), { part: part.peek(), frame: here.peek()?.id, track: held.peek() });

/** Tries again what came to nothing. */
export async function retry(): Promise<void> {
  if (order.peek().length && !changed.peek() && !gone.peek()) await follow([]);
  else await reload();
}

function failed(error: unknown): void {
  if (error instanceof ApiError && error.status === 404) gone.value = true;
  else trouble.value = error instanceof Error ? error.message : String(error);
}

/** Has the device carry these objects, or those that are labelled already. */
async function carry(tracks: ClipTrack[] | undefined, ended: AbortSignal): Promise<void> {
  const now = open.peek();
  if (!now) return;
  const range = rangeOf(now.parts, part.peek());
  const answer: Answer = can('labeller')
    ? await ok(
        device.POST('/api/v1/clips/{id}/carry', {
          params: { path: { id: now.clip.id } },
          body: { ...range, ...(tracks && { tracks }) },
          signal: ended,
          ...long,
        }),
      )
    : await looked(now.clip.id, range);
  if (ended.aborted) return;
  batch(() => {
    const unseen = new Set(answer.unseen.map(({ frame }) => frame));
    order.value = order.peek().length ? dimmed(order.peek(), unseen) : stills(answer);
    // What was said of it meanwhile is carried on its own, and what was forgotten stays away.
    const stale = (name: string) => waits.has(name) || (tracks && !all.peek().some(({ track }) => track === name));
    const answered = { ...answer, tracks: answer.tracks.filter(({ track }) => !stale(track)) };
    all.value = courses(answered, all.peek());
  });
  const [[lost], [note]] = [answer.unseen, answer.notes];
  // What was told of the answer before is true no longer.
  hush();
  if (lost) hush = say(w.unseen(answer.unseen.length, ofDevice(lost.detail)));
  else if (note) hush = say(ofDevice(note));
}

/** Has the device carry what is said of these objects by now, and of those of which it has not yet. What is said meanwhile is
 * carried after that, all of it at once: the device does one after the other, and goes through the pictures once for all
 * objects. Answers true to the first of those who ask, once all is carried. */
export async function follow(names: string[]): Promise<boolean> {
  const ended = own.signal;
  for (const name of running ? names : [...uncarried.peek(), ...names]) waits.add(name);
  batch(() => {
    uncarried.value = new Set([...uncarried.peek(), ...names]);
    trouble.value = '';
  });
  if (running) return false;
  running = true;
  carrying.value = true;
  try {
    while (waits.size) {
      const some = all.peek().filter(({ track }) => waits.has(track));
      waits.clear();
      if (some.length) await carry(some.map(toldOf), ended);
      if (ended.aborted) return false;
      uncarried.value = new Set(waits);
    }
    return true;
  } catch (error) {
    if (!ended.aborted) failed(error);
    return false;
  } finally {
    if (!ended.aborted) {
      running = false;
      carrying.value = false;
    }
  }
}

const toldOf = ({ track, category, marks }: ClipTrack): ClipTrack => ({ track, category, marks });

/** How far the device's labels have come by now; the boxes here are still what was drawn here. */
export async function refresh(): Promise<void> {
  const now = open.peek();
  if (!now) return;
  const ended = own.signal;
  const params = { path: { id: now.clip.id } };
  const body = { tracks: [], ...rangeOf(now.parts, part.peek()) };
  const answer = await ok(device.POST('/api/v1/clips/{id}/carry', { params, body, signal: ended, ...long }));
  const unseen = new Set(order.peek().flatMap((still) => (still.unseen ? [still.id] : [])));
  if (ended.aborted) return;
  batch(() => {
    order.value = dimmed(stills(answer), unseen);
    changed.value = false;
  });
}
