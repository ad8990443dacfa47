// Labels not yet on the device's disk. They stay in this browser until the device has acknowledged them.
import { api, on } from './api.js';

const PREFIX = 'fieldcoach.draft.';
const memory = new Map(); // where the browser refuses storage (private mode, full)
const sending = new Set();

export function draftOf(frame) {
  if (memory.has(frame)) return memory.get(frame);
  try { return JSON.parse(localStorage.getItem(PREFIX + frame)); } catch { return null; }
}

/** `draft`: `revision` it is based on, `phase`, `labels`, `pending` once the user has pressed Save. */
export function keepDraft(frame, draft) {
  try {
    localStorage.setItem(PREFIX + frame, JSON.stringify(draft));
    memory.delete(frame);
  } catch { memory.set(frame, draft); }
}
export function dropDraft(frame) {
  memory.delete(frame);
  try { localStorage.removeItem(PREFIX + frame); } catch { /* nothing was stored */ }
}

function frames() {
  const found = new Set(memory.keys());
  try {
    for (let i = 0; i < localStorage.length; i += 1) if (localStorage.key(i).startsWith(PREFIX)) found.add(localStorage.key(i).slice(PREFIX.length));
  } catch { /* memory only */ }
  return [...found];
}
export const waiting = () => frames().filter((frame) => draftOf(frame)?.pending);

const same = (a, b) => JSON.stringify(a.map((l) => [l.category, l.bbox, l.polygon])) === JSON.stringify(b.map((l) => [l.category, l.bbox, l.polygon]));

/** Sends a draft. Resolves to `{saved}` or, where somebody else was faster, `{theirs}`; rejects with `ApiError` and keeps the draft. */
export async function send(frame) {
  const { revision, phase, labels } = draftOf(frame);
  sending.add(frame);
  try {
    const saved = await api(`frames/${frame}/labels`, { method: 'PUT', body: { revision, phase, labels } });
    dropDraft(frame);
    return { saved };
  } catch (error) {
    if (error.status !== 409) throw error;
    const theirs = await api(`frames/${frame}/labels`);
    // An earlier try arrived and only its answer got lost.
    if (same(theirs.labels, labels)) {
      dropDraft(frame);
      return { saved: theirs };
    }
    keepDraft(frame, { ...draftOf(frame), pending: false });
    return { theirs };
  } finally { sending.delete(frame); }
}
export const isSending = (frame) => sending.has(frame);

/** Tries again what waits; `done(frame, outcome)` for each that got an answer. */
export function retryDrafts(done) {
  let running = false;
  const retry = async () => {
    if (running) return;
    running = true;
    for (const frame of waiting().filter((f) => !sending.has(f))) {
      try { done(frame, await send(frame)); } catch (error) {
        if (error.status === 0 || error.status >= 500) break;
        keepDraft(frame, { ...draftOf(frame), pending: false });
        done(frame, { error });
      }
    }
    running = false;
  };
  on('poll', retry);
  on('open', retry);
  addEventListener('online', retry);
  retry();
}
addEventListener('beforeunload', (event) => { if (memory.size) event.preventDefault(); });
