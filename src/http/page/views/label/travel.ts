// Going from frame to frame.
import { batch, effect } from '@preact/signals';
import { can, me } from '../../api/access';
import { ApiError, silence } from '../../api/client';
import { connected } from '../../api/link';
import type { News } from '../../api/news';
import type { FrameLabels, Label } from '../../api/types';
import { allAhead, COUNT, fetchAhead, forgetAhead } from '../../offline/ahead';
import type { Draft } from '../../offline/db';
import { draftOf, dropDraft, keepDraft, read } from '../../offline/drafts';
import { equal, merge } from '../../offline/merge';
import { hush, say } from '../../shell/banner';
import { words } from '../../words';
import { endOutline } from './edit';
import { type Fetched, fetched, frameOf, labelsOf } from './fetch';
import { openForm } from './form';
import { type Item, Queue, type Stop } from './queue';
import { inView } from './saved';
import { sharpen } from './sharpen';
import { Sheet } from './sheet';
import { source } from './source';
import { after, backward, choose, empty, goal, nameless, note, reason, said, sheet, stage } from './state';
import { become, blur, editable, painted, turn } from './turn';

const w = words.label;
export const queue = new Queue(source);
/** Another frame was asked for meanwhile: what came is not shown. */
let loading = 0;
/** What is deleted can be put back for so long, ms; see docs/http.md. */
const UNDOABLE = 86_400_000;
interface Shown {
  id: string;
  found: Fetched;
}
/** The frame that was in view last. */
let shownLast: Shown | null = null;

/** A box without a category keeps its frame in view; an outline is closed, or given up. */
export function held(): boolean {
  endOutline();
  if (!nameless.peek().length) return false;
  say(w.nameless, 'info');
  openForm();
  return true;
}

/** Begins to wait for a frame; what is in view stays so, and can't be edited. Returns the ticket. */
export function load(): number {
  loading += 1;
  stage.board?.stop();
  become('loading');
  return loading;
}

/** No other frame came: the one in view is the present one again; where none is, that is said, and why. */
export function stay(error?: unknown): void {
  const now = sheet.peek();
  if (!now) {
    none(silence(error) ? 'unheard' : 'unreached');
    return;
  }
  queue.position = queue.at(now.frame.id);
  become('deaf');
}

/** Goes to a frame by its name: from a link, a list, or back to what was just saved. */
export async function visit(id: string, extra: Partial<Item> = {}): Promise<void> {
  if (held()) return;
  let to = queue.at(id);
  const known = queue.trail[to];
  if (known) Object.assign(known, extra);
  else to = queue.insert({ frame: await frameOf(id), reason: '', proposals: null, ...extra });
  await go(to);
}

/** Opens a frame that a list names; the address says which. */
export function open(id: string): void {
  history.replaceState(null, '', `#/label/${id}`);
  visit(id).catch((error) => {
    const draft = draftOf(id);
    if (!(error instanceof ApiError) || error.status !== 404 || !draft) return say(error);
    // Nothing can be done any more with what was drawn on a frame that nobody can put back.
    if (Date.now() - draft.touched < UNDOABLE) return say(w.isGone);
    dropDraft(id);
    say(w.gone);
  });
}

/** The next frame: on along the trail, then from the queue. */
export async function forward(): Promise<void> {
  if (held()) return;
  const ticket = load();
  try {
    await advance(ticket);
  } catch (error) {
    const other = await showKept(ticket);
    if (!other && ticket === loading) stay(error);
    if (!other || !silence(error)) throw error;
  }
}

async function advance(ticket: number): Promise<void> {
  for (;;) {
    const visited = queue.position + 1 < queue.trail.length;
    const to = await queue.next();
    if (ticket !== loading) return;
    if (to < 0) return none('done');
    const last = to === queue.position && queue.trail[to]?.frame.id === sheet.peek()?.frame.id;
    // What came from the queue may have been done by somebody else meanwhile, or deleted.
    const going = go(to, { ticket, undone: can('labeller') && !visited && !last });
    const shown = await going.catch((error) => {
      const id = queue.trail[to]?.frame.id;
      if (!(error instanceof ApiError) || error.status !== 404 || !id || ticket !== loading) throw error;
      queue.position = to - 1;
      deletedElsewhere([id]);
      return false;
    });
    if (shown && last) note.value = w.last;
    if (shown || ticket !== loading) return;
  }
}

/** Another frame that is here, where the next one can't be had. Whether it is shown. */
async function showKept(ticket: number): Promise<boolean> {
  if (!can('labeller')) return false;
  const one = (await allAhead()).find(
    ({ frame }) => frame.phase === goal.peek() && queue.at(frame.id) < 0 && !source.waits(frame.id),
  );
  return one && ticket === loading ? go(queue.insert(one), { ticket }).catch(() => false) : false;
}

export async function backwards(): Promise<void> {
  if (queue.position > 0 && !held()) await go(queue.position - 1);
}

/** Shows a stop of the trail; `undone`: only if it is still to be done. Whether it is shown. */
async function go(
  to: number,
  { ticket, undone = false }: { ticket?: number; undone?: boolean } = {},
): Promise<boolean> {
  const stop = queue.trail[to];
  if (!stop) return false;
  const own = ticket ?? load();
  queue.position = to;
  try {
    const found = await fetched(stop).catch((error) => {
      // The one that was in view last is still here.
      if (shownLast?.id === stop.frame.id && silence(error)) return (shownLast as Shown).found;
      throw error;
    });
    if (own !== loading) return false;
    const open = found.labels.phase === goal.peek();
    queue.mark(stop.frame.id, open);
    if (undone && !open && !draftOf(stop.frame.id)) return false;
    shownLast = { id: stop.frame.id, found };
    present(stop, found);
  } catch (error) {
    stop.open = true; // it comes again
    if (ticket === undefined && own === loading) stay(error);
    throw error;
  }
  void prepare();
  return true;
}

/** Fetches what comes next, as long as the device answers. */
export async function prepare(): Promise<void> {
  try {
    await queue.topUp(COUNT);
  } catch {
    return; // the queue is not known now: none of what is here is forgotten for not being in it
  }
  const here = queue.trail[queue.position];
  await fetchAhead(here?.open ? [here, ...queue.ahead] : queue.ahead);
}

/** Puts a frame before the user: the device's labels, or what was drawn on it here. */
function present(stop: Stop, { labels, picture, small, proposals, old }: Fetched): void {
  const { frame } = stop;
  const draft = can('labeller') ? draftOf(frame.id) : undefined;
  const newer = draft && draft.revision > labels.revision; // than what was fetched ahead
  const stored = newer ? { ...labels, revision: draft.revision, labels: draft.base } : labels;
  const next = new Sheet(frame, stored, proposals);
  batch(() => {
    note.value = '';
    said.value = '';
    choose(null);
    sheet.value = next;
    reason.value = labels.phase === goal.peek() ? stop.reason : '';
    empty.value = null;
    backward.value = queue.position > 0;
    if (draft) next.resume(draft);
  });
  if (draft && !next.waits.peek()) {
    if (draft.refused) note.value = w.refusedBecause(draft.refused);
    else if (!draft.disputes) note.value = w.restored;
    if (draft.revision < labels.revision) join(labels, draft.base);
  }
  stage.picture = picture;
  blur(small);
  become('loading'); // until it is painted
  if (stage.board) stage.board.show(picture, [frame.width, frame.height]);
  else painted();
  if (small) void sharpen(frame);
  if (old && connected.peek()) void verify(frame.id);
}

/** Labels that were fetched ahead may be others by now. */
async function verify(frame: string): Promise<void> {
  const labels = await labelsOf(frame).catch((error) => {
    if (error instanceof ApiError && error.status === 404) deletedElsewhere([frame]);
  });
  if (labels) changedElsewhere(labels);
}

/** These frames are no longer on the device; what was drawn on them stays here. */
export function deletedElsewhere(frames: readonly string[]): void {
  queue.drop(frames);
  for (const frame of frames) if (!draftOf(frame)) void forgetAhead(frame);
  const now = sheet.peek();
  if (!now || !frames.includes(now.frame.id)) return;
  stage.board?.stop();
  now.gone.value = true;
}

export function restoredElsewhere({ frames }: { frames: string[] }): void {
  const now = sheet.peek();
  if (now && frames.includes(now.frame.id)) now.gone.value = false;
}

/** Somebody else wrote labels of a frame that may be in view: which ones is asked where it is. */
export function writtenElsewhere({ frame, phase, revision }: News['labels']): void {
  queue.mark(frame, phase === goal.peek());
  const now = sheet.peek();
  if (now?.frame.id === frame && revision > now.stored.peek().revision) void verify(frame);
}

/** Somebody else's labels of a frame that may be in view. */
function changedElsewhere(labels: FrameLabels): void {
  queue.mark(labels.frame, labels.phase === goal.peek());
  const now = sheet.peek();
  if (!now || now.frame.id !== labels.frame || (now.waits.peek() && draftOf(labels.frame))) return;
  if (labels.revision <= now.stored.peek().revision || (!editable.peek() && turn.peek() !== 'loading')) return;
  if (draftOf(labels.frame)) join(labels, now.stored.peek().labels);
  else {
    choose(null);
    now.saved(labels);
    note.value = w.labelledElsewhere;
  }
}

/** Another tab of this browser drew on the frame in view, saved it, or sent what waited here. */
export function drawnElsewhere(frame: string, draft: Draft | undefined, was: Draft | undefined): void {
  const now = sheet.peek();
  if (!now || now.frame.id !== frame) return;
  const { stored } = now;
  if (!draft && now.waits.peek()) {
    void verify(frame);
    return;
  }
  stage.board?.stop();
  choose(null);
  const own = [...now.drawn.peek().labels];
  const theirs = draft?.labels ?? stored.peek().labels;
  const merged = merge(stored.peek().labels, own, theirs);
  // It goes on from what is in view, or is the same by now.
  const follows = draft ? draft.follows === was?.touched : was && equal(own, was.labels);
  if (follows || (!merged.disputes.length && equal(merged.labels, theirs))) {
    if (draft) now.resume(draft);
    else now.join(stored.peek(), theirs, []);
    return;
  }
  now.join(stored.peek(), merged.labels, merged.disputes);
  keepDraft(now.draft(after(stored.peek().phase)));
  if (!merged.disputes.length) note.value = w.joinedTabs;
}

/** What was drawn, on top of `base`, goes on top of what somebody else says by now. */
function join(labels: FrameLabels, base: Label[]): void {
  const now = sheet.peek();
  if (!now) return;
  stage.board?.stop();
  const merged = merge(base, [...now.drawn.peek().labels], labels.labels);
  now.join(labels, merged.labels, merged.disputes);
  keepDraft(now.draft(after(labels.phase)));
  if (!merged.disputes.length) note.value = w.joined;
}

/** No frame is in view. */
export function none(why: Exclude<typeof empty.value, null>): void {
  batch(() => {
    sheet.value = null;
    choose(null);
    empty.value = why;
  });
  inView();
}

/** Shows the frame that the address names, else the one that was shown, else the first. */
export async function enter(id: string | undefined): Promise<void> {
  await whenRead();
  if (id && id !== sheet.peek()?.frame.id) await visit(id);
  else if (!sheet.peek()) await forward();
}

/** Resolves once it is known what was drawn here before. */
async function whenRead(): Promise<void> {
  let stop = () => {};
  await new Promise<void>((done) => {
    stop = effect(() => {
      if (read.value || !me.value) done();
    });
  });
  stop();
}

/** Begins anew, for what `goal` says now. */
export async function restart(): Promise<void> {
  if (held()) return;
  hush();
  queue.clear();
  sheet.value = null;
  await forward();
}
