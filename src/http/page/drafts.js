// Labels not yet on the device's disk. They stay in this browser until the device has acknowledged them.
//
// Kept under the device's name: an address may belong to another device tomorrow, and it must not get them.
import { can, me, sure } from './access.js';
import { $, api, on, passing, plural, tell } from './api.js';
import { same } from './sheet.js';

const memory = new Map(); // where the browser refuses storage (private mode, full)
const sending = new Set();

const prefix = () => `fieldcoach.${me?.device}.draft.`;

/** Drafts made before the device was known, and those from before devices were told apart, belong to the first that is known. */
function adopt() {
  if (!me) return;
  for (const [frame, draft] of memory) keepDraft(frame, draft);
  try {
    for (const key of Object.keys(localStorage)) {
      const [, frame] = key.match(/^fieldcoach\.draft\.([^.]+)$/) ?? [];
      if (!frame) continue;
      if (!localStorage.getItem(prefix() + frame)) localStorage.setItem(prefix() + frame, localStorage.getItem(key));
      localStorage.removeItem(key);
    }
  } catch { /* full or refused: they stay where they are */ }
}

export function draftOf(frame) {
  if (memory.has(frame)) return memory.get(frame);
  try { return JSON.parse(localStorage.getItem(prefix() + frame)); } catch { return null; }
}

/**
 * `draft`: `revision` it is based on, `phase`, `labels`, `pending` once the user has pressed Save; `proposals` still open;
 * `mine`: the user's labels from before somebody else's were shown, until one of both is chosen.
 */
export function keepDraft(frame, draft) {
  persist();
  try {
    if (!me) throw new Error('whose it is is not known yet');
    localStorage.setItem(prefix() + frame, JSON.stringify(draft));
    memory.delete(frame);
  } catch { memory.set(frame, draft); }
  count();
}
export function dropDraft(frame) {
  memory.delete(frame);
  try { localStorage.removeItem(prefix() + frame); } catch { /* nothing was stored */ }
  count();
}

let asked = false;
/** Asks the browser, once there is a draft, not to throw it away when room is short. */
function persist() {
  if (asked) return;
  asked = true;
  navigator.storage?.persist?.().catch(() => {});
}

function frames() {
  const found = new Set(memory.keys());
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix())) found.add(key.slice(prefix().length));
  } catch { /* memory only */ }
  return [...found];
}
/** All of them, `[{frame, draft}]`, newest frame first. */
export const drafts = () => frames().sort().reverse().map((frame) => ({ frame, draft: draftOf(frame) })).filter(({ draft }) => draft);
export const waiting = () => frames().filter((frame) => draftOf(frame)?.pending);

// ---- how many wait, in the top bar ----

let later = null;
function count() {
  tell('drafts');
  clearTimeout(later);
  // What is on its way is not late yet.
  if (waiting().length > Number($('unsent').dataset.count)) later = setTimeout(paint, 700);
  else paint();
}
function paint() {
  const n = waiting().length;
  $('unsent').dataset.count = n;
  $('unsent').hidden = !n;
  $('unsent').textContent = `${n} not sent`;
  $('unsent').title = `${plural(n, 'labelled frame waits', 'labelled frames wait')} on this phone until the device answers`;
}

// ---- sending ----

/** Sends a draft. Resolves to `{saved}` or, where somebody else was faster, `{theirs}`; rejects with `ApiError` and keeps the draft. */
export async function send(frame) {
  sending.add(frame);
  try {
    await sure();
    const { revision, phase, labels } = draftOf(frame);
    return await put(frame, { revision, phase, labels });
  } finally { sending.delete(frame); }
}

async function put(frame, draft) {
  try {
    const saved = await api(`frames/${frame}/labels`, { method: 'PUT', body: draft });
    dropDraft(frame);
    return { saved };
  } catch (error) {
    if (error.status !== 409) throw error;
    const theirs = await api(`frames/${frame}/labels`);
    // An earlier try arrived and only its answer got lost.
    if (same(theirs.labels, draft.labels)) {
      dropDraft(frame);
      return { saved: theirs };
    }
    keepDraft(frame, { ...draftOf(frame), pending: false });
    return { theirs };
  }
}
export const isSending = (frame) => sending.has(frame);

/** Tries again what waits; `done(frame, outcome)` for each that got an answer. */
export function retryDrafts(done) {
  let running = false;
  const retry = async () => {
    if (running || !can('labeller')) return;
    running = true;
    for (const frame of waiting().filter((f) => !sending.has(f))) {
      try { done(frame, await send(frame)); } catch (error) {
        if (passing(error)) break;
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

adopt();
paint();
on('me', () => { adopt(); paint(); });
addEventListener('storage', () => { paint(); tell('drafts'); }); // other tabs save and send, too
addEventListener('beforeunload', (event) => { if (memory.size) event.preventDefault(); });
