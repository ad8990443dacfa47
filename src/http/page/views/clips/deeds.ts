// What is done to the objects of the clip that is open.
import { batch } from '@preact/signals';
import { ApiError } from '../../api/client';
import type { Box } from '../../api/types';
import { tidy } from '../../board/shape';
import { hush, say } from '../../shell/banner';
import { offerUndo, undo } from '../../ui/undo';
import { clips as w } from '../../words/clips';
import { ofDevice } from '../../words/device';
import { isolated } from '../../words/format';
import { follow, refresh, reload } from './carry';
import {
  acceptable,
  all,
  askedHere,
  at,
  category,
  cells,
  changed,
  course,
  drawable,
  goAsk,
  held,
  here,
  inHand,
  mayGo,
  open,
  order,
  touched,
  trouble,
  uncarried,
} from './clip';
import type { Accepted, Mark } from './contract';
import { accepted, forgotten, fresh, gone, marked, said, settled } from './course';
import { inLine, type Kept, keep, keepLater, onRefused } from './kept';

/** The question that was answered last; where one is still there once it is carried on, the next one comes by itself. */
let answered = { frame: '', track: '' };

function says(name: string, marks: Record<string, Mark>, isNew = false): void {
  const now = open.peek();
  if (!now || !drawable.peek()) return;
  const frame = here.peek()?.id ?? '';
  hush();
  answered = askedHere.peek() && frame in marks ? { frame, track: name } : { frame: '', track: '' };
  all.value = all.peek().map((one) => (one.track === name ? marked(one, marks) : one));
  const own = all.peek().find(({ track }) => track === name);
  const frames = order.peek().filter(({ id }) => id in marks);
  if (own) void keepLater(now.clip.id, said(frames, own, isNew));
  void follow([name]).then((all) => all && onwards());
}

function onwards(): void {
  const { frame, track } = answered;
  answered = { frame: '', track: '' };
  if (frame && !touched.peek() && here.peek()?.id === frame && held.peek() === track) goAsk();
}

onRefused(({ clip, body }, [first, ...more]) => {
  say(w.notKept(1 + more.length, ofDevice(first?.detail ?? '')));
  if (open.peek()?.clip.id !== clip) return;
  for (const track of body.new) without(track);
  changed.value = true;
});

/** The object is here no longer. */
function without(track: string): void {
  batch(() => {
    all.value = all.peek().filter((other) => other.track !== track);
    if (held.peek() === track) held.value = null;
    uncarried.value = new Set([...uncarried.peek()].filter((name) => name !== track));
  });
}

/** Has the device keep something of the clip that is open now; what it could not is told. */
async function kept(clip: string, body: Accepted): Promise<Kept> {
  const kept = await keep(clip, body);
  const [first] = kept.failed;
  if (first) {
    say(w.notAccepted(kept.failed.length, ofDevice(first.detail)));
    if (open.peek()?.clip.id === clip) changed.value = true;
  }
  return kept;
}

/** A box was drawn: of the object in hand where that is not seen in this frame, else of a new one. */
export function drawn(bbox: Box): void {
  const [now, frame] = [open.peek(), here.peek()?.id];
  if (!now || !frame || !drawable.peek()) return;
  const box = tidy({ category: '', bbox }, now.size).bbox as Box;
  const own = course.peek();
  if (own && !inHand.peek()) {
    says(own.track, { [frame]: { box } });
    return;
  }
  const name = fresh(category.peek(), all.peek(), (count) => crypto.getRandomValues(new Uint8Array(count)));
  const boxes = new Map();
  batch(() => {
    all.value = [
      ...all.peek(),
      { track: name, category: category.peek(), marks: {}, boxes, asks: [], unknown: new Set() },
    ];
    held.value = name;
  });
  says(name, { [frame]: { box } }, true);
}

export function moved(name: string, bbox: Box): void {
  const [now, frame] = [open.peek(), here.peek()?.id];
  if (now && frame) says(name, { [frame]: { box: tidy({ category: '', bbox }, now.size).bbox as Box } });
}

/** The box in hand is right as it is. */
export function confirm(): void {
  const own = inHand.peek();
  if (own?.track && own.bbox) moved(own.track, own.bbox as Box);
}

export function goneOrBack(): void {
  const [own, frame] = [course.peek(), here.peek()?.id];
  if (own && frame) says(own.track, mayGo.peek() ? gone(own, order.peek(), at.peek()) : { [frame]: 'back' });
}

/** Nothing more of an object that was drawn by mistake. */
export async function forget(): Promise<void> {
  const [now, own] = [open.peek(), course.peek()];
  if (!now || !own) return;
  const { ways, failed } = await kept(now.clip.id, forgotten(order.peek(), own));
  if (failed.length) return;
  without(own.track);
  if (trouble.peek()) void follow([]);
  hush();
  const back = () =>
    inLine(async () => {
      await undo(ways);
      await reload();
    });
  if (ways.length) offerUndo(w.forgotten(isolated(own.track)), back);
}

/** Makes the boxes of the frames of which nothing is asked the labels of these frames; the others stay as they are, and it is
 * said how many. */
export async function accept(): Promise<void> {
  const now = open.peek();
  // What was said a moment ago may show on the button only with the next picture of the screen.
  if (!now || !acceptable.peek()) return;
  const frames = order.peek().filter((_, i) => settled(cells.peek()[i] as (typeof cells.value)[number]));
  const waiting = order.peek().length - frames.length;
  const { done, ways, failed } = await kept(now.clip.id, accepted(frames, all.peek()));
  order.value = order.peek().map((still) => (done.has(still.id) ? { ...still, labelled: true } : still));
  const back = () =>
    inLine(async () => {
      await undo(ways).finally(refresh);
    });
  if (!failed.length) hush();
  if (ways.length) offerUndo(w.accepted(done.size, waiting), back);
  else if (!failed.length) throw new ApiError(0, w.nothing);
}
