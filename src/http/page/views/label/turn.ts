// A frame's turn, from being asked for to being saved: what may be done with it, and what is offered.
import { computed, signal } from '@preact/signals';

/** Save does nothing for so long after a frame came into view, ms: a second tap was meant for the frame before. */
const DEAF = 600;

/** `loading` until the frame is painted, `deaf` to Save for a moment, then `ready`; `saving` until it is kept here. */
export type State = 'loading' | 'deaf' | 'ready' | 'saving';

export const turn = signal<State>('loading');
/** Whether the frame in view may be edited. */
export const editable = computed(() => turn.value === 'deaf' || turn.value === 'ready');

let timer: ReturnType<typeof setTimeout> | undefined;
let blurred = false;

/** Whether what comes is only a small picture of the frame: one may draw on it, and Save stays deaf until it is sharp. */
export function blur(yes: boolean): void {
  blurred = yes;
}

export function become(state: State): void {
  clearTimeout(timer);
  turn.value = state;
  if (state === 'deaf' && !blurred) timer = setTimeout(() => become('ready'), DEAF);
}

/** The frame is in view, or in view anew. */
export function painted(): void {
  if (turn.peek() === 'loading' || turn.peek() === 'deaf') become('deaf');
}

/** What is true of the frame in view. */
export interface Summary {
  boxes: number;
  /** Outlines among the boxes. */
  outlines: number;
  tags: number;
  /** Proposals neither taken nor refused. */
  open: number;
  /** The device does not have it like this, or not as far. */
  news: boolean;
  /** Saving says that somebody looked, whatever is there: its labels were there before. */
  confirms: boolean;
  /** A conflict, or a box without a category, comes first; on a frame that is gone nothing does. */
  unsettled: 'gone' | 'conflict' | 'nameless' | null;
  waits: boolean;
}

export interface Offer {
  save: boolean;
  /** Proposals that are neither taken nor refused are dropped with the frame: the button says so. */
  leaves: number;
  nothing: boolean;
}

export function offer({ boxes, tags, open, news, confirms, unsettled }: Summary): Offer {
  const labels = boxes + tags;
  const may = news && !unsettled;
  return {
    save: may && (labels > 0 || confirms),
    leaves: labels ? open : 0,
    nothing: may && !confirms && !labels && !open,
  };
}

/** Why Save does nothing, for who presses it; `null` while a frame is only just coming. */
export function refusal({ boxes, tags, open, news, unsettled, waits }: Summary) {
  if (unsettled) return unsettled;
  if (waits) return 'waits';
  if (!news) return 'same';
  if (boxes + tags) return null;
  return open ? 'open' : 'bare';
}
