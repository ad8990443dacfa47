// The objects of a clip: what was said of each, its boxes, where it asks. No browser, no device.
import type { Box, FrameLabels } from '../../api/types';
import type { Accepted, AcceptedFrame, Answer, CarriedBox, Mark, TrackAsk } from './contract';

/** A frame of the clip. */
export interface Still {
  id: string;
  at: number;
  revision: number;
  labelled: boolean;
  /** The device can't use its picture: nothing is known there, and nothing is accepted. */
  unseen: boolean;
}

export interface Course {
  track: string;
  category: string;
  /** By frame. */
  marks: Record<string, Mark>;
  boxes: Map<string, CarriedBox>;
  asks: TrackAsk[];
  /** Frames of which nobody knows whether it is in them: what is asked before has no answer yet. */
  unknown: ReadonlySet<string>;
}

/** What there is to tell of a frame. */
export interface Cell {
  state: 'none' | 'sure' | 'unsure';
  asked: boolean;
  /** It waits for the answer to what is asked elsewhere. */
  waits: boolean;
  key: boolean;
  labelled: boolean;
}

export const stills = (answer: Answer): Still[] =>
  answer.frames.map(({ frame, at, revision, phase }) => ({
    id: frame,
    at,
    revision,
    labelled: phase !== 'unlabelled',
    unseen: answer.unseen.some((unseen) => unseen.frame === frame),
  }));

/** The same frames, with those that the device could not look at by now. */
export const dimmed = (order: readonly Still[], ids: ReadonlySet<string>): Still[] =>
  order.map((still) => (ids.has(still.id) ? { ...still, unseen: true } : still));

/** The objects of an answer; those of `before` that it does not speak of stay, in their places. */
export function courses(answer: Answer, before: readonly Course[]): Course[] {
  const fresh = answer.tracks.map(({ track, category, marks, asks }) => {
    const boxes = new Map<string, CarriedBox>();
    for (const { frame, boxes: all } of answer.frames) {
      const own = all.find((box) => box.track === track);
      if (own) boxes.set(frame, own);
    }
    const unknown = new Set(answer.frames.filter((one) => one.unknown?.includes(track)).map(({ frame }) => frame));
    return { track, category, marks: marks as Record<string, Mark>, boxes, asks, unknown };
  });
  const replaced = before.map((old) => fresh.find(({ track }) => track === old.track) ?? old);
  return [...replaced, ...fresh.filter(({ track }) => !before.some((old) => old.track === track))];
}

/** What is shown of a frame; its key frames are those of `of`, or of every object. */
export function cell(still: Still, all: readonly Course[], of: string | null): Cell {
  const boxes = all.flatMap(({ boxes }) => boxes.get(still.id) ?? []);
  return {
    state: boxes.length ? (boxes.every(({ sure }) => sure) ? 'sure' : 'unsure') : 'none',
    asked: still.unseen || all.some(({ asks }) => asks.some(({ frame }) => frame === still.id)),
    waits: all.some(({ unknown }) => unknown.has(still.id)),
    key: all.some(({ track, marks }) => (of === null || track === of) && still.id in marks),
    labelled: still.labelled,
  };
}

/** Whether nobody needs to look at a frame any more. */
export const settled = ({ state, asked, waits }: Cell): boolean => state !== 'unsure' && !asked && !waits;

export interface Ask extends TrackAsk {
  track: string;
}

/** Where somebody should look: where a box is missing before where it is in doubt; after `from`, then from the start. */
export function nextAsk(order: readonly Still[], all: readonly Course[], from: number): Ask | null {
  const place = new Map(order.map(({ id }, i) => [id, i]));
  const asks = all.flatMap(({ track, asks: own }) => own.map((ask): Ask => ({ ...ask, track })));
  const rank = ({ frame, why }: Ask): number => {
    const at = place.get(frame) ?? 0;
    return (why === 'doubtful' ? 2 : 0) * order.length + (at > from ? at : at + order.length);
  };
  return asks.sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** More that is said of an object, by frame; it counts until the device has carried it on. */
export function marked(course: Course, marks: Record<string, Mark>): Course {
  const boxes = new Map(course.boxes);
  const { track, category } = course;
  for (const [frame, mark] of Object.entries(marks)) {
    if (typeof mark === 'object')
      boxes.set(frame, { track, category, bbox: mark.box as Box, origin: 'drawn', score: 1, sure: true });
    else if (mark === 'gone') boxes.delete(frame);
  }
  return { ...course, marks: { ...course.marks, ...marks }, boxes };
}

/** What it says that an object is not seen in the frame with this number. Where it comes only later, as it was followed back from
 * where it was drawn, nothing is said of the frames between: it is there again from the next one on. */
export function gone({ boxes, marks }: Course, order: readonly Still[], at: number): Record<string, Mark> {
  const [here, next] = [order[at]?.id ?? '', order[at + 1]?.id ?? ''];
  const told = ({ id }: Still) => id in marks;
  const before = order.slice(0, at).reverse().find(told);
  const after = order.slice(at + 1).find(told);
  const comes = after ? typeof marks[after.id] === 'object' : !boxes.has(here) && boxes.has(next);
  const away = !before || marks[before.id] === 'gone';
  const back = comes && away && typeof marks[here] !== 'object' && next !== '' && !(next in marks);
  return { [here]: 'gone', ...(back && { [next]: 'back' as const }) };
}

/** Nothing that is taken for another, and no words. */
const LETTERS = 'bcdfghjkmnpqrstvwxz23456789';

/** A name for a new object: another phone, or another part of the clip, does not give the same. `draw`: so many random numbers,
 * 0 to 255. */
export function fresh(category: string, all: readonly Course[], draw: (count: number) => Iterable<number>): string {
  const plain =
    category
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
      .slice(0, 40) || 'object';
  for (;;) {
    const letters = [...draw(4)].map((number) => LETTERS[number % LETTERS.length]);
    const name = `${plain}-${letters.join('')}`;
    if (!all.some(({ track }) => track === name)) return name;
  }
}

/** What is accepted of these frames, as the device takes it. */
export const accepted = (frames: readonly Still[], all: readonly Course[]): Accepted => ({
  frames: frames.map((still) => told(still, all, 'labelled')),
  tracks: all.map(({ track }) => track),
  new: [],
  forget: [],
});

/** What is said of an object in these frames: what was carried is no label before it is accepted. `isNew`: the device has
 * never heard of it. */
export const said = (frames: readonly Still[], course: Course, isNew = false): Accepted => ({
  frames: frames.map((still) => {
    const { boxes, ...frame } = told(still, [course], 'unlabelled');
    return { ...frame, boxes: boxes.filter(({ origin }) => still.labelled || origin === 'drawn') };
  }),
  tracks: [course.track],
  new: isNew ? [course.track] : [],
  forget: [],
});

/** That an object is in none of the frames, nor in those of other parts of the clip, as it was drawn by mistake. */
export const forgotten = (frames: readonly Still[], { track, marks, boxes }: Course): Accepted => ({
  frames: frames
    .filter(({ id, labelled }) => id in marks || (labelled && boxes.has(id)))
    .map((still) => told(still, [], 'unlabelled')),
  tracks: [track],
  new: [],
  forget: [track],
});

type Spoken = Pick<FrameLabels, 'labels' | 'marks'>;

/** Whether a frame has a label of one of these objects, or something is said of it there. */
export const speaksOf = ({ labels, marks = [] }: Spoken, tracks: readonly string[]): boolean =>
  [...labels, ...marks].some(({ track }) => track && tracks.includes(track));

/** Pixels by which a side may lie elsewhere in a box that is the same. */
const NEAR = 0.5;

/** Whether what a frame has of these objects is what is said of them there. */
export function saysSame({ labels, marks = [] }: Spoken, frame: AcceptedFrame, tracks: readonly string[]): boolean {
  const own = labels.filter(({ track }) => track && tracks.includes(track));
  const said = marks.filter(({ track }) => tracks.includes(track));
  const marked = frame.marks ?? [];
  return (
    own.length === frame.boxes.length &&
    said.length === marked.length &&
    marked.every((one) => said.some(({ track, mark }) => track === one.track && mark === one.mark)) &&
    frame.boxes.every((box) => own.some((label) => label.track === box.track && near(label.bbox, box.bbox)))
  );
}

const near = (one: readonly number[] | null | undefined, other: readonly number[]): boolean =>
  Boolean(one?.every((side, i) => Math.abs(side - (other[i] as number)) <= NEAR));

function told({ id, revision }: Still, all: readonly Course[], phase: 'labelled' | 'unlabelled'): AcceptedFrame {
  const boxes = all.flatMap(({ boxes }) => {
    const box = boxes.get(id);
    if (!box) return [];
    const { sure: _, ...kept } = box;
    return [kept];
  });
  const marks = all.flatMap(({ track, marks }) => {
    const mark = marks[id];
    return mark === 'gone' || mark === 'back' ? [{ track, mark }] : [];
  });
  return { frame: id, revision, boxes, marks, phase };
}
