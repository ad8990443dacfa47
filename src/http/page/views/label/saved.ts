// "Saved · Undo": for a while what was saved last can be taken back.
import { signal } from '@preact/signals';
import type { FrameLabels } from '../../api/types';
import type { Draft } from '../../offline/db';
import type { Sheet } from './sheet';

/** For so long what was saved can be taken back, ms. */
const UNDO = 5_000;

export interface Saved {
  frame: Sheet['frame'];
  /** As the device had it before. */
  before: FrameLabels;
  /** What was drawn. */
  drawn: Omit<Draft, 'order' | 'touched' | 'refused'>;
  /** What was saved, in words. */
  what: string;
  /** As the device has it now; `null` while it is only here. */
  revision: number | null;
}

export const last = signal<Saved | null>(null);

let timer: ReturnType<typeof setTimeout> | undefined;
let seen = false;

/** Offers to take a save back; null takes the offer away. */
export function offer(saved: Saved | null): void {
  clearTimeout(timer);
  last.value = saved;
  seen = false;
  if (saved) timer = setTimeout(() => offer(null), 4 * UNDO); // should no frame come
}

/** The first frame after it is in view: from now on there is time to look at the offer. */
export function inView(): void {
  if (!last.peek() || seen) return;
  seen = true;
  clearTimeout(timer);
  timer = setTimeout(() => offer(null), UNDO);
}

/** It stays until it is known what became of it. */
export function hold(): void {
  clearTimeout(timer);
}

/** The device has it now. */
export function sent(frame: string, revision: number): void {
  const saved = last.peek();
  if (saved?.frame.id === frame) last.value = { ...saved, revision };
}
