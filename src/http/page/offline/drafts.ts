// Labels not yet on the device's disk. They stay in this browser until the device has acknowledged them.
//
// Kept under the device's name: an address may belong to another device tomorrow, and it must not get them.
import { signal } from '@preact/signals';
import { can, me, sure } from '../api/access';
import { ApiError, device, ok } from '../api/client';
import { on } from '../api/news';
import type { FrameLabels, Label, Phase } from '../api/types';

export interface Draft {
  /** Of the labels it is based on. */
  revision: number;
  phase: Phase;
  labels: Label[];
  /** Whether the user has pressed Save. */
  pending: boolean;
}

const memory = new Map<string, Draft>(); // where the browser refuses storage (private mode, full)
const sending = new Set<string>();

const prefix = () => `fieldcoach.${me.peek()?.device}.draft.`;

/** Drafts made before the device was known, and those from before devices were told apart, belong to the first that is known. */
function adopt(): void {
  if (!me.peek()) return;
  for (const [frame, draft] of memory) keepDraft(frame, draft);
  try {
    for (const key of Object.keys(localStorage)) {
      const frame = key.match(/^fieldcoach\.draft\.([^.]+)$/)?.[1];
      if (!frame) continue;
      if (!localStorage.getItem(prefix() + frame))
        localStorage.setItem(prefix() + frame, localStorage.getItem(key) ?? '');
      localStorage.removeItem(key);
    }
  } catch {
    // full or refused: they stay where they are
  }
}

export function draftOf(frame: string): Draft | null {
  const kept = memory.get(frame);
  if (kept) return kept;
  try {
    return JSON.parse(localStorage.getItem(prefix() + frame) ?? 'null');
  } catch {
    return null;
  }
}

export function keepDraft(frame: string, draft: Draft): void {
  persist();
  try {
    if (!me.peek()) throw new Error('whose it is is not known yet');
    localStorage.setItem(prefix() + frame, JSON.stringify(draft));
    memory.delete(frame);
  } catch {
    memory.set(frame, draft);
  }
  count();
}

export function dropDraft(frame: string): void {
  memory.delete(frame);
  try {
    localStorage.removeItem(prefix() + frame);
  } catch {
    // nothing was stored
  }
  count();
}

let asked = false;
/** Asks the browser, once there is a draft, not to throw it away when room is short. */
function persist(): void {
  if (asked) return;
  asked = true;
  navigator.storage?.persist?.().catch(() => {});
}

function frames(): string[] {
  const found = new Set(memory.keys());
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix())) found.add(key.slice(prefix().length));
  } catch {
    // memory only
  }
  return [...found];
}
export const waiting = (): string[] => frames().filter((frame) => draftOf(frame)?.pending);

// ---- how many wait, for the top bar ----

/** How many saved frames wait to be sent; what is on its way is not late yet. */
export const late = signal(0);
let later: ReturnType<typeof setTimeout> | undefined;
function count(): void {
  clearTimeout(later);
  if (waiting().length > late.peek()) later = setTimeout(recount, 700);
  else recount();
}
function recount(): void {
  late.value = waiting().length;
}

// ---- sending ----

export type Outcome = { saved: FrameLabels } | { theirs: FrameLabels };

const essence = (labels: Label[]) => JSON.stringify(labels.map((l) => [l.category, l.bbox, l.polygon]));

/** Sends a draft. Resolves to `{saved}` or, where somebody else was faster, `{theirs}`; rejects with `ApiError` and keeps the draft. */
export async function send(frame: string): Promise<Outcome> {
  sending.add(frame);
  try {
    await sure();
    const draft = draftOf(frame);
    if (!draft) throw new ApiError(404, 'the draft is gone');
    return await put(frame, draft);
  } finally {
    sending.delete(frame);
  }
}

async function put(frame: string, { revision, phase, labels }: Draft): Promise<Outcome> {
  const params = { path: { id: frame } };
  try {
    const saved = await ok(device.PUT('/api/v1/frames/{id}/labels', { params, body: { revision, phase, labels } }));
    dropDraft(frame);
    return { saved };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const theirs = await ok(device.GET('/api/v1/frames/{id}/labels', { params }));
    // An earlier try arrived and only its answer got lost.
    if (essence(theirs.labels) === essence(labels)) {
      dropDraft(frame);
      return { saved: theirs };
    }
    const kept = draftOf(frame);
    if (kept) keepDraft(frame, { ...kept, pending: false });
    return { theirs };
  }
}
export const isSending = (frame: string): boolean => sending.has(frame);

/** Tries again what waits; `done(frame, outcome)` for each that got an answer. */
export function retryDrafts(done: (frame: string, outcome: Outcome | { error: ApiError }) => void): void {
  let running = false;
  const retry = async () => {
    if (running || !can('labeller')) return;
    running = true;
    for (const frame of waiting().filter((f) => !sending.has(f))) {
      try {
        done(frame, await send(frame));
      } catch (error) {
        if (!(error instanceof ApiError) || error.passing) break;
        const kept = draftOf(frame);
        if (kept) keepDraft(frame, { ...kept, pending: false });
        done(frame, { error });
      }
    }
    running = false;
  };
  on('poll', () => void retry());
  on('open', () => void retry());
  addEventListener('online', () => void retry());
  void retry();
}

adopt();
recount();
on('me', () => {
  adopt();
  recount();
});
addEventListener('storage', recount); // other tabs save and send, too
addEventListener('beforeunload', (event) => {
  if (memory.size) event.preventDefault();
});
