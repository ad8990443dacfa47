// The way back to a view that one left to do something elsewhere, such as to correct a label.
import { type ReadonlySignal, signal } from '@preact/signals';
import { route, type View } from './route';

/** Where to go back to, and how a link says it: "Back to the flip book". */
export interface Back {
  hash: string;
  words: string;
}

const kept = signal<Back | null>(null);
let from: View | null = null; // the view that was left
let to: View | null = null; // the one that it was left for
let scroll = 0; // CSS pixels

/** The way back from the view that is shown; `null` where there is none. It ends when one goes anywhere else. */
export const back: ReadonlySignal<Back | null> = kept;

/** Remembers where one is, on the way out. */
export function leave(words: string): void {
  kept.value = { hash: location.hash, words };
  [from, to, scroll] = [route.peek().view, null, scrollY];
}

/** How far down the view that is shown now was scrolled when it was left; once. */
export function takeScroll(): number {
  if (route.peek().view !== from) return 0;
  const taken = scroll;
  scroll = 0;
  return taken;
}

route.subscribe(({ view }) => {
  const way = kept.peek();
  if (!way || (view === from && location.hash === way.hash && !to)) return;
  to ??= view;
  if (view === to) return;
  kept.value = null;
  if (location.hash !== way.hash) scroll = 0;
});
