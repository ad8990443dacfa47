// What the label view shows: the frame in view, what is in hand, what is drawn next.
import { computed, signal } from '@preact/signals';
import { can } from '../../api/access';
import { categories, kindOf } from '../../api/categories';
import type { Frame, Label, Phase, Prediction } from '../../api/types';
import type { Board } from '../../board/board';
import { cornersOf, type Shape } from '../../board/shape';
import type { Sheet } from './sheet';
import type { Summary } from './turn';

/** What is looked for: frames to label, labels to confirm, what was confirmed once. */
export type Goal = Exclude<Phase, 'final'>;
const THEN: Record<Goal, Phase> = { unlabelled: 'labelled', labelled: 'reviewed', reviewed: 'final' };

export const goal = signal<Goal>('unlabelled');
/** The frame in view. */
export const sheet = signal<Sheet | null>(null);
/** Why it is this one, in words. */
export const reason = signal('');
/** Why no frame is in view: nothing is left, or no other can be had without the device. */
export const empty = signal<'done' | 'stranded' | 'unheard' | 'unreached' | null>(null);
/** Whether there is a frame to go back to. */
export const backward = signal(false);
/** The category of what is drawn next. */
export const category = signal<string | null>(null);
/** Drawn, and waiting for a category. */
export const nameless = signal<readonly Shape[]>([]);
/** What there is to say of the frame in view, beside Save. */
export const note = signal('');
/** The same for who hears it. */
export const said = signal('');
/** Whether the picture is enlarged. */
export const zoomed = signal(false);
/** Whether a finger moves the picture. */
export const hand = signal(false);
/** Corners of the outline that is being drawn. */
export const corners = signal(0);
/** What was saved last, to go on from: the next frame often shows the same. */
export const before = signal<readonly Label[]>([]);
/** Proposals are shown from this score on. */
export const sureness = signal(0);

/** The board, while the view is there, and what it shows. */
export const stage: { board: Board | null; picture: CanvasImageSource | null } = { board: null, picture: null };

export const labels = computed<readonly Label[]>(() => sheet.value?.drawn.value.labels ?? []);
/** All that are open, however sure. */
export const allProposals = computed<readonly Prediction[]>(() => sheet.value?.drawn.value.proposals ?? []);
/** Those as sure as one wants them. */
export const proposals = computed<readonly Prediction[]>(() =>
  can('labeller') ? allProposals.value.filter((one) => one.score >= sureness.value) : [],
);

const chosen = signal<Label | Prediction | null>(null);
/** The box in hand. */
export const selected = computed(() => labels.value.find((label) => label === chosen.value) ?? null);
/** The proposal that the keyboard is at. */
export const pointed = computed(() => proposals.value.find((one) => one === chosen.value) ?? null);
export function choose(one: Label | Prediction | null): void {
  chosen.value = one;
}

export const boxCategories = computed(() => categories.value.filter(({ kind }) => kind !== 'tag'));
export const tagCategories = computed(() => categories.value.filter(({ kind }) => kind === 'tag'));

/** A shape as a category wants it. */
export function shaped(name: string, { bbox, polygon }: Shape): Shape {
  return kindOf(name) === 'polygon' ? { bbox, polygon: polygon ?? cornersOf(bbox) } : { bbox };
}

/** How far a frame's labels are when it is saved. */
export function after(phase: Phase): Phase {
  if (phase === goal.peek()) return THEN[goal.peek()];
  return phase === 'unlabelled' ? 'labelled' : phase;
}

/** What is true of the frame in view. */
export const summary = computed<Summary | null>(() => {
  const now = sheet.value;
  if (!now) return null;
  const { phase } = now.stored.value;
  const shapes = labels.value.filter(({ bbox }) => bbox);
  const boxes = shapes.length;
  const advances = phase === goal.value || phase === 'unlabelled';
  const conflict = now.disputes.value.length > 0;
  return {
    boxes,
    outlines: shapes.filter(({ polygon }) => polygon).length,
    tags: labels.value.length - boxes,
    open: proposals.value.length,
    news: !now.waits.value && (advances || now.differs.value),
    confirms: phase !== 'unlabelled' && phase === goal.value,
    unsettled: now.gone.value ? 'gone' : conflict ? 'conflict' : nameless.value.length ? 'nameless' : null,
    waits: now.waits.value,
  };
});

export const nameOf = (frame: Frame, when: (time: string) => string): string => frame.name ?? when(frame.taken);
