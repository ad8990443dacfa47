// The clip that is open: its frames, the objects in them, which frame is seen, and what is done to them.
import { batch, computed, signal } from '@preact/signals';
import { can } from '../../api/access';
import { categories, kindOf, loadCategories } from '../../api/categories';
import { ApiError, device, ok, patiently } from '../../api/client';
import type { Box, Frame, Label } from '../../api/types';
import { tidy } from '../../board/shape';
import { say } from '../../shell/banner';
import { offerUndo, undo } from '../../ui/undo';
import { clips as w } from '../../words/clips';
import { ofDevice } from '../../words/device';
import { isolated } from '../../words/format';
import type { Accepted, Answer, Clip, ClipTrack, Mark } from './contract';
import {
  accepted,
  type Course,
  cell,
  courses,
  dimmed,
  forgotten,
  fresh,
  gone,
  marked,
  nextAsk,
  type Still,
  said,
  settled,
  stills,
} from './course';
import { type Kept, keep } from './kept';

/** Frames that are worked on together; a longer clip has several parts. */
const PART = 600;
/** Carrying takes the device two minutes at most. */
const long = patiently(130_000);

export interface Open {
  clip: Clip;
  size: { width: number; height: number };
  /** Where each part begins, seconds. */
  parts: number[];
}

export const open = signal<Open | null>(null);
export const part = signal(0);
export const order = signal<Still[]>([]);
export const all = signal<Course[]>([]);
/** Number of the frame that is seen. */
export const at = signal(0);
/** Name of the object in hand. */
export const held = signal<string | null>(null);
export const category = signal('');
/** Objects that the device carries just now. */
export const carrying = signal(0);

export const here = computed(() => order.value[at.value] ?? null);
export const cells = computed(() => order.value.map((still) => cell(still, all.value, held.value)));
export const ask = computed(() => nextAsk(order.value, all.value, at.value));
export const ready = computed(() => cells.value.filter(settled).length);
export const boxed = computed(() => categories.value.filter(({ name }) => kindOf(name) === 'box'));
export const course = computed(() => all.value.find(({ track }) => track === held.value) ?? null);

let last = new Map<string, Label>();
/** The boxes of the frame that is seen, as labels; the same ones as long as nothing of them changes: a finger may hold one
 * while the device answers. */
export const labels = computed((): Label[] => {
  const id = here.value?.id ?? '';
  const now = new Map<string, Label>();
  for (const { boxes } of all.value) {
    const box = boxes.get(id);
    if (!box) continue;
    const { category, bbox, track, origin } = box;
    const key = [id, category, track, origin, ...bbox].join();
    now.set(key, last.get(key) ?? { category, bbox, track, origin });
  }
  last = now;
  return [...now.values()];
});
export const inHand = computed(() => labels.value.find(({ track }) => track === held.value) ?? null);
/** Why the object in hand is asked for here. */
export const askedHere = computed(() => course.value?.asks.find(({ frame }) => frame === here.value?.id));
/** Whether the object in hand can be said to be gone here; else to be back. */
export const mayGo = computed(() => inHand.value !== null || askedHere.value !== undefined);

let asked = 0; // another clip, or part of it, makes an answer void

export async function enter(id: string): Promise<void> {
  leave();
  const own = asked;
  const clip = await ok(device.GET('/api/v1/clips/{id}', { params: { path: { id } } }));
  const { width, height } = await ok(device.GET('/api/v1/frames/{id}', { params: { path: { id: clip.first } } }));
  const parts = await beginnings(clip);
  if (!categories.peek().length) await loadCategories();
  if (own !== asked) return;
  batch(() => {
    open.value = { clip, size: { width, height: height as number }, parts };
    if (!boxed.peek().some(({ name }) => name === category.peek())) category.value = boxed.peek()[0]?.name ?? '';
  });
  await turnTo(0);
}

/** Where the parts of a clip begin. */
async function beginnings({ id, frames }: Clip): Promise<number[]> {
  if (frames <= PART) return [0];
  const places = (await framesOf(id)).map((frame) => frame.clip?.at ?? 0);
  return places.filter((_, n) => n % PART === 0);
}

export async function turnTo(number: number): Promise<void> {
  asked += 1;
  waits.clear();
  batch(() => {
    part.value = number;
    order.value = [];
    all.value = [];
    at.value = 0;
    held.value = null;
    carrying.value = 1;
  });
  const own = asked;
  try {
    await carry(undefined);
  } finally {
    if (own === asked) carrying.value -= 1;
  }
}

export function leave(): void {
  asked += 1;
  waits.clear();
  batch(() => {
    open.value = null;
    order.value = [];
    all.value = [];
    held.value = null;
    carrying.value = 0;
  });
}

/** Has the device carry these objects, or those that are labelled already. */
async function carry(tracks: ClipTrack[] | undefined): Promise<void> {
  const now = open.peek();
  if (!now) return;
  const own = asked;
  const answer: Answer = can('labeller')
    ? await ok(
        device.POST('/api/v1/clips/{id}/carry', {
          params: { path: { id: now.clip.id } },
          body: { ...range(), ...(tracks && { tracks }) },
          ...long,
        }),
      )
    : await looked(now.clip.id);
  if (own !== asked) return;
  batch(() => {
    const unseen = new Set(answer.unseen.map(({ frame }) => frame));
    order.value = order.peek().length ? dimmed(order.peek(), unseen) : stills(answer);
    // What was said of it meanwhile is carried on its own, and what was forgotten stays away.
    const stale = (name: string) => waits.has(name) || (tracks && !all.peek().some(({ track }) => track === name));
    const answered = { ...answer, tracks: answer.tracks.filter(({ track }) => !stale(track)) };
    all.value = courses(answered, all.peek());
  });
  const [lost] = answer.unseen;
  if (lost) say(w.unseen(answer.unseen.length, ofDevice(lost.detail)));
  else if (answer.notes[0]) say(ofDevice(answer.notes[0]));
}

/** Who only looks sees the pictures. */
async function looked(clip: string): Promise<Answer> {
  const { from, to = Number.POSITIVE_INFINITY } = range();
  const all = await framesOf(clip);
  const own = all.filter((frame) => frame.clip && frame.clip.at >= from && frame.clip.at <= to);
  const frames = own.map(({ id: frame, clip: place, revision, phase }) => ({
    frame,
    at: place?.at ?? 0,
    revision,
    phase,
    boxes: [],
  }));
  return { clip, frames, tracks: [], next: null, unseen: [], notes: [] };
}

/** All frames of a clip. */
async function framesOf(id: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let after: string | null = null; ; ) {
    const query = { limit: 500, ...(after && { after }) };
    const slice: { items: Frame[]; next?: string | null } = await ok(
      device.GET('/api/v1/clips/{id}/frames', { params: { path: { id }, query } }),
    );
    frames.push(...slice.items);
    after = slice.next ?? null;
    if (!after) return frames;
  }
}

// What is said while the device carries is carried after that, all of it at once: the device does one after the other, and goes
// through the pictures once for all objects.
const waits = new Set<string>();
let running = 0;

async function follow(name: string): Promise<void> {
  waits.add(name);
  const own = asked;
  if (running === own) return;
  running = own;
  carrying.value += 1;
  while (own === asked && waits.size) {
    const some = all.peek().filter(({ track }) => waits.has(track));
    waits.clear();
    try {
      if (some.length) await carry(some.map(({ track, category, marks }) => ({ track, category, marks })));
    } catch (error) {
      say(error);
    }
  }
  if (own !== asked) return;
  running = 0;
  carrying.value -= 1;
}

function says(name: string, marks: Record<string, Mark>): void {
  all.value = all.peek().map((one) => (one.track === name ? marked(one, marks) : one));
  const own = all.peek().find(({ track }) => track === name);
  const frames = order.peek().filter(({ id }) => id in marks);
  if (own) void written(said(frames, own)).catch(say);
  void follow(name);
}

/** Has the device keep something of the clip that is open; what it could not is told. */
async function written(body: Accepted): Promise<Kept | null> {
  const now = open.peek();
  if (!now) return null;
  const kept = await keep(now.clip.id, body);
  if (kept.failed) {
    say(w.notAccepted(kept.failed, ofDevice(kept.why)));
    await again(now.clip.id);
  }
  return kept;
}

/** That it is here. */
function isHere(name: string, box: Box): void {
  const frame = here.peek()?.id;
  if (frame) says(name, { [frame]: { box } });
}

/** A box was drawn: of the object in hand where that is not seen in this frame, else of a new one. */
export function drawn(bbox: Box): void {
  const now = open.peek();
  if (!now || !here.peek()) return;
  const box = tidy({ category: '', bbox }, now.size).bbox as Box;
  const own = course.peek();
  if (own && !inHand.peek()) {
    isHere(own.track, box);
    return;
  }
  const name = fresh(category.peek(), all.peek());
  batch(() => {
    all.value = [...all.peek(), { track: name, category: category.peek(), marks: {}, boxes: new Map(), asks: [] }];
    held.value = name;
  });
  isHere(name, box);
}

export function moved(name: string, bbox: Box): void {
  const now = open.peek();
  if (now) isHere(name, tidy({ category: '', bbox }, now.size).bbox as Box);
}

export function goneOrBack(): void {
  const [own, frame] = [course.peek(), here.peek()?.id];
  if (own && frame) says(own.track, mayGo.peek() ? gone(own, order.peek(), at.peek()) : { [frame]: 'back' });
}

/** Nothing more of an object that was drawn by mistake. */
export async function forget(): Promise<void> {
  const own = course.peek();
  if (!own) return;
  batch(() => {
    all.value = all.peek().filter(({ track }) => track !== own.track);
    held.value = null;
  });
  const kept = await written(forgotten(order.peek(), own));
  const back = async () => {
    await undo(kept?.ways ?? []);
    await turnTo(part.peek());
  };
  if (kept?.ways.length) offerUndo(w.forgotten(isolated(own.track)), back);
}

export function go(number: number): void {
  at.value = Math.min(Math.max(0, number), order.peek().length - 1);
}

export function goAsk(): void {
  const next = ask.peek();
  if (!next) return;
  batch(() => {
    go(order.peek().findIndex(({ id }) => id === next.frame));
    held.value = next.track;
    category.value = course.peek()?.category ?? category.peek();
  });
}

/** Makes the boxes of the frames of which nothing is asked the labels of these frames; of all of them where none is left to look at. */
export async function accept(): Promise<void> {
  const now = open.peek();
  if (!now) return;
  const frames = order.peek().filter((_, i) => settled(cells.peek()[i] as ReturnType<typeof cell>));
  const kept = await written(accepted(frames, all.peek()));
  if (!kept) return;
  const { done, ways, failed } = kept;
  order.value = order.peek().map((still) => (done.has(still.id) ? { ...still, labelled: true } : still));
  const back = async () => {
    await undo(ways);
    await again(now.clip.id);
  };
  if (ways.length) offerUndo(w.accepted(done.size), back);
  else if (!failed) throw new ApiError(0, w.nothing);
}

/** How far the device's labels have come by now; the boxes here are still what was drawn here. */
async function again(id: string): Promise<void> {
  const params = { path: { id } };
  const now = await ok(device.POST('/api/v1/clips/{id}/carry', { params, body: { tracks: [], ...range() }, ...long }));
  const unseen = new Set(order.peek().flatMap((still) => (still.unseen ? [still.id] : [])));
  if (open.peek()?.clip.id === id) order.value = dimmed(stills(now), unseen);
}

function range(): { from: number; to?: number } {
  const parts = open.peek()?.parts ?? [0];
  const next = parts[part.peek() + 1];
  return { from: parts[part.peek()] ?? 0, ...(next !== undefined && { to: next - 1e-4 }) };
}
