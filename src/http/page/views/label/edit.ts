// What the user does to the frame in view.
import { batch, computed } from '@preact/signals';
import { categories, kindOf } from '../../api/categories';
import type { Label, Prediction } from '../../api/types';
import { crosses, type Point, type Shape } from '../../board/shape';
import { dropDraft, keepDraft } from '../../offline/drafts';
import { words } from '../../words';
import { openForm } from './form';
import { placed } from './sheet';
import {
  after,
  before,
  category,
  choose,
  labels,
  nameless,
  note,
  proposals,
  said,
  selected,
  shaped,
  sheet,
  stage,
} from './state';
import { editable, turn } from './turn';
import { refuse } from './wait';

const w = words.label;

/** Whether the frame in view may be edited just now; says why not. */
export function ready(): boolean {
  const yes = editable.peek() && sheet.peek() !== null;
  if (!yes) refuse(turn.peek() === 'saving' ? w.isSaved : w.isLoading);
  return yes;
}

/** Keeps what is drawn in this browser, until Save or until nothing is left of it. */
export function keep(): void {
  const now = sheet.peek();
  if (!now) return;
  const waited = now.waits.peek();
  now.waits.value = false;
  if (!now.differs.peek() && !now.disputes.peek().length) dropDraft(now.frame.id);
  else keepDraft(now.draft(after(now.stored.peek().phase)));
  note.value = waited ? w.changedAfter : '';
}

/** One step; `hold`: what is in hand then. */
function step(f: () => void, hold: Label | Prediction | null = null): void {
  batch(() => {
    f();
    choose(hold);
    keep();
  });
}

function tell({ category: name, bbox, polygon }: Label): void {
  if (bbox) said.value = w.boxSaid(name, ...placed(bbox));
  if (polygon && crosses(polygon as Point[])) note.value = w.crosses;
}

export function make(shape: Shape, held: boolean, begun?: string): void {
  const [now, name] = [sheet.peek(), begun ?? category.peek()];
  if (!now) return;
  if (!name) {
    nameless.value = [...nameless.peek(), shape]; // stays in view until it has a category
    openForm();
    return;
  }
  step(() => now.add({ category: name, ...(begun ? shape : shaped(name, shape)) }));
  const made = now.drawn.peek().labels.at(-1);
  if (!made) return;
  if (held) choose(made);
  tell(made);
}

/** What is drawn next; an outline under way is finished before, as what it was begun as, or given up. */
export function drawNext(name: string): void {
  if (name !== category.peek()) endOutline();
  category.value = name;
}

/** No outline is open any more; one that can't be closed is given up, and that is told. */
export function endOutline(): void {
  if (stage.board?.close() !== false) return;
  stage.board.giveUp();
  note.value = w.outlineLost;
}

export function replace(label: Label, shape: Shape): void {
  const now = sheet.peek();
  if (!now || !ready()) return;
  const mended = now.mended(label, { shape });
  step(() => now.replace(label, mended), mended);
  tell(mended);
}

/** Another category for the box in hand. */
export function rename(name: string): void {
  const [now, label] = [sheet.peek(), selected.peek()];
  if (!now || !label?.bbox || label.category === name || !ready()) return;
  const { bbox, polygon } = label;
  const shape = shaped(name, { bbox, ...(polygon && { polygon }) } as Shape);
  const mended = now.mended(label, { category: name, shape });
  step(() => now.replace(label, mended), mended);
  tell(mended);
}

export function remove(label: Label): void {
  if (ready()) step(() => sheet.peek()?.remove(label));
}

/** One step back or on, where there is one. */
export function walk(way: 'undo' | 'redo'): void {
  const now = sheet.peek();
  if (way === 'undo' && stage.board?.outlining) {
    stage.board.shorten();
    return;
  }
  if (!now?.[`${way}able`] || !ready()) return;
  const were = now.drawn.peek().labels;
  const held = selected.peek();
  const index = held ? were.indexOf(held) : -1;
  step(() => now[way]());
  // The same box stays in hand, where it is still there.
  const are = now.drawn.peek().labels;
  if (are.length === were.length) choose(are[index] ?? null);
}

/** Takes proposals over; a single one is in hand, to be mended. */
export function accept(some: readonly Prediction[]): void {
  const now = sheet.peek();
  if (!now || !ready()) return;
  let taken: Label[] = [];
  step(() => {
    taken = now.accept(some, shaped);
  });
  const [first] = taken;
  if (taken.length === 1 && first?.bbox) choose(first);
  said.value = some.length === 1 ? w.accepted(some[0]?.category ?? '') : w.acceptedMany(some.length);
}

export function dismiss(some: readonly Prediction[]): void {
  const now = sheet.peek();
  if (!now || !ready()) return;
  step(() => now.refuse(some));
  said.value = some.length === 1 ? w.refused(some[0]?.category ?? '') : w.refusedMany(some.length);
}

/** A label that came of a proposal is refused after all. */
export function reject(label: Label): void {
  const now = sheet.peek();
  if (!now || !ready()) return;
  step(() => now.reject(label));
  said.value = w.refused(label.category);
}

export function acceptAll(): void {
  accept(proposals.peek());
}
export function dismissAll(): void {
  dismiss(proposals.peek());
}

export function toggleTag(name: string): void {
  if (ready()) step(() => sheet.peek()?.toggleTag(name));
}

/** Whether the frame before has something to start from. */
export const carries = computed(
  () => before.value.length > 0 && !labels.value.length && !proposals.value.length && sheet.value !== null,
);

/** What was on the frame before, as far as it lies in this one. */
export function carry(): void {
  const now = sheet.peek();
  if (!now || !carries.peek() || !ready()) return;
  const { width, height } = now.frame;
  const inside = (label: Label) => {
    const [x = 0, y = 0, wide = 0, high = 0] = label.bbox ?? [];
    return x + wide <= width && y + high <= height;
  };
  const known = new Set(categories.peek().map(({ name }) => name));
  const carried = before.peek().filter((label) => inside(label) && known.has(label.category));
  step(() => {
    now.add(
      ...carried.map(
        ({ category, bbox, polygon }): Label => ({
          category,
          ...(bbox && { bbox }),
          ...(polygon && { polygon }),
          origin: 'carried',
        }),
      ),
    );
  });
}

export function settle(mine: boolean): void {
  if (ready()) step(() => sheet.peek()?.settle(mine));
}

/** Boxes that waited for a category have one. */
export function nameThem(name: string): void {
  const now = sheet.peek();
  const shapes = nameless.peek();
  batch(() => {
    category.value = name;
    nameless.value = [];
    if (now && shapes.length)
      step(() => now.add(...shapes.map((shape) => ({ category: name, ...shaped(name, shape) }))));
  });
}

export function dropNameless(): void {
  const n = nameless.peek().length;
  nameless.value = [];
  if (n) note.value = w.notKept(n);
}

/** What the next box is, once the categories are known. */
export function chooseCategory(): void {
  const there = categories.peek();
  if (there.some(({ name }) => name === category.peek())) return;
  category.value = there.find(({ name }) => kindOf(name) !== 'tag')?.name ?? null;
}
