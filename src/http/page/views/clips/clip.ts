// The clip that is open: its frames, the objects in them, which frame is seen, and how it stands with the device.
import { batch, computed, signal } from '@preact/signals';
import { can } from '../../api/access';
import { categories, kindOf } from '../../api/categories';
import type { Label } from '../../api/types';
import { sayings } from '../../offline/said';
import type { Clip } from './contract';
import { type Course, cell, nextAsk, type Still, settled } from './course';

export interface Open {
  clip: Clip;
  size: { width: number; height: number };
  /** Where each part begins, seconds. */
  parts: number[];
}

/** The clip that is to be seen; empty where none is. */
export const wanted = signal('');
/** It, once it is here. */
export const open = signal<Open | null>(null);
export const part = signal(0);
export const order = signal<Still[]>([]);
export const all = signal<Course[]>([]);
/** Number of the frame that is seen. */
export const at = signal(0);
/** Name of the object in hand. */
export const held = signal<string | null>(null);
export const category = signal('');
/** Whether a finger is on the picture. */
export const touched = signal(false);

/** The device carries something just now. */
export const carrying = signal(false);
/** Objects of which the device has not carried what is said of them by now. */
export const uncarried = signal<ReadonlySet<string>>(new Set());
/** Why the last try to have it carried, or to open it, came to nothing. */
export const trouble = signal('');
/** Somebody changed the clip, or labels in it, since it was loaded. */
export const changed = signal(false);
/** There is no such clip any more. */
export const gone = signal(false);

/** Nothing of a clip that was open before is left. */
export function clear(): void {
  batch(() => {
    open.value = null;
    part.value = 0;
    empty();
    gone.value = false;
  });
}

/** Nothing of what was in the part that was open before is left. */
export function empty(): void {
  batch(() => {
    order.value = [];
    all.value = [];
    at.value = 0;
    held.value = null;
    carrying.value = false;
    uncarried.value = new Set();
    trouble.value = '';
    changed.value = false;
    touched.value = false;
  });
}

export const here = computed(() => order.value[at.value] ?? null);
export const cells = computed(() => order.value.map((still) => cell(still, all.value, held.value)));
export const ask = computed(() => nextAsk(order.value, all.value, at.value));
export const ready = computed(() => cells.value.filter(settled).length);
/** What was said in this clip, and the device does not have yet. */
export const unsent = computed(() => sayings.value.filter(({ clip }) => clip === open.value?.clip.id).length);
export const boxed = computed(() => categories.value.filter(({ name }) => kindOf(name) === 'box'));
export const course = computed(() => all.value.find(({ track }) => track === held.value) ?? null);
/** Whether it can be drawn in. */
export const drawable = computed(() => can('labeller') && here.value !== null && !gone.value);
/** Whether all that is shown is what the device carried from all that was said, and is true now. */
export const acceptable = computed(
  () =>
    drawable.value &&
    all.value.length > 0 &&
    ready.value > 0 &&
    !(carrying.value || uncarried.value.size || trouble.value || unsent.value || changed.value),
);

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
/** Whether it is only asked whether the box in hand is right. */
export const doubted = computed(() => inHand.value !== null && askedHere.value?.why === 'doubtful');
/** Whether the object in hand can be said to be gone here; else to be back. */
export const mayGo = computed(() => inHand.value !== null || askedHere.value !== undefined);

export function go(number: number): void {
  at.value = Math.min(Math.max(0, number), order.peek().length - 1);
}

/** Goes to where somebody should look next. */
export function goAsk(): void {
  const next = ask.peek();
  if (!next) return;
  batch(() => {
    go(order.peek().findIndex(({ id }) => id === next.frame));
    held.value = next.track;
    category.value = course.peek()?.category ?? category.peek();
  });
}
