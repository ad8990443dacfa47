// Sends what was saved, in order, whenever the device answers.
import { signal } from '@preact/signals';
import { can, sure } from '../api/access';
import { ApiError, device, ok } from '../api/client';
import { on } from '../api/news';
import type { FrameLabels, Phase } from '../api/types';
import { words } from '../words';
import type { Draft } from './db';
import { draftOf, dropDraft, rebaseDraft, refuseDraft, settled, waiting } from './drafts';
import { equal, merge } from './merge';

/** What became of a saved frame. */
export type Outcome =
  /** On the device's disk. `others`: labels of somebody else's that were there by then, and stay; `empty`: nothing was marked here. */
  | { kind: 'saved'; labels: FrameLabels; others: number; empty: boolean }
  /** Somebody marked the same objects in another way: the user has to look. */
  | { kind: 'disputed'; labels: FrameLabels }
  /** The device will not take it, as it says; or the frame is no longer there. */
  | { kind: 'refused'; why: string; gone: boolean };

const heard = new Set<(frame: string, outcome: Outcome) => void>();
/** Calls `f` with every outcome, until what is returned is called. */
export function onOutcome(f: (frame: string, outcome: Outcome) => void): () => void {
  heard.add(f);
  return () => heard.delete(f);
}

/** The frame that is on its way. */
export const sending = signal<string | null>(null);

/** How often two people may get in each other's way before it is left for later. */
const TRIES = 4;

async function deliver(draft: Draft): Promise<Outcome> {
  const params = { path: { id: draft.frame } };
  let now = draft;
  let others = 0;
  const empty = draft.labels.length === 0;
  for (let tries = 1; ; tries += 1) {
    const { revision, phase, labels, rejected } = now;
    try {
      const body = { revision, phase, labels, ...(rejected.length > 0 && { rejected }) };
      const saved = await ok(device.PUT('/api/v1/frames/{id}/labels', { params, body }));
      return { kind: 'saved', labels: saved, others, empty };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || tries === TRIES) throw error;
    }
    const theirs = await ok(device.GET('/api/v1/frames/{id}/labels', { params }));
    // An earlier try arrived, and only its answer got lost.
    if (equal(theirs.labels, labels) && theirs.phase === phase) return { kind: 'saved', labels: theirs, others, empty };
    const merged = merge(now.base, labels, theirs.labels);
    if (merged.disputes.length) return { kind: 'disputed', labels: theirs };
    others = theirs.labels.length;
    const rebased = { revision: theirs.revision, base: theirs.labels, labels: merged.labels };
    now = { ...now, ...rebased, phase: furthest(phase, theirs.phase) };
    rebaseDraft(draft.frame, rebased);
  }
}

/** Sends what waits. Stops at the first that the device does not answer: order is kept. */
async function sendAll(): Promise<void> {
  if (!can('labeller')) return;
  for (let draft = waiting.peek()[0]; draft; draft = waiting.peek()[0]) {
    await settled();
    // An address may belong to another device by now.
    await sure();
    sending.value = draft.frame;
    let outcome: Outcome;
    try {
      outcome = await deliver(draft);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.passing || error.status === 409) return;
      const gone = error.status === 404;
      outcome = { kind: 'refused', why: gone ? words.label.isGone : error.message, gone };
    } finally {
      sending.value = null;
    }
    conclude(draft, outcome);
  }
}

function conclude(draft: Draft, outcome: Outcome): void {
  const later = draftOf(draft.frame);
  if (outcome.kind === 'refused') refuseDraft(draft.frame, outcome.why);
  else if (later && (outcome.kind === 'disputed' || later.order !== draft.order)) {
    // What was drawn meanwhile goes on from what the device has now.
    const { revision, labels } = outcome.labels;
    const since = outcome.kind === 'saved' ? draft.labels : draft.base;
    rebaseDraft(draft.frame, { revision, base: labels, ...merge(since, later.labels, labels) });
  } else dropDraft(draft.frame);
  for (const f of heard) f(draft.frame, outcome);
}

const PHASES: Phase[] = ['unlabelled', 'labelled', 'reviewed', 'final'];
/** Nobody's review is undone by labels that took longer to arrive. */
const furthest = (a: Phase, b: Phase): Phase => (PHASES.indexOf(a) > PHASES.indexOf(b) ? a : b);

let running: Promise<void> | null = null;
let again = false;
/** Sends now what can be sent; resolves when nothing more can. */
export function flush(): Promise<void> {
  again = running !== null;
  running ??= sendAll()
    .catch(() => {})
    .finally(() => {
      running = null;
      if (again) void flush();
    });
  return running;
}

on('poll', () => void flush());
on('open', () => void flush());
addEventListener('online', () => void flush());
