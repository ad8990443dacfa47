// "Saved · Undo": for a while what was saved last can be taken back, on the device.
import { $, api, say } from './api.js';
import { keepDraft } from './drafts.js';
import { same } from './sheet.js';
import { UNDO } from './turn.js';

let last = null; // {frame, phase, base: as the device had it before, drawn: as a draft, revision: as saved}
let timer = null;
let seen = false;

/** What was saved, in words: proposals that were left out are told. `what`: how many of each, `[[2, '2 boxes'], …]`. */
export function words(what, open) {
  const some = what.filter(([n]) => n).map(([, text]) => text).join(', ');
  return `Saved${some ? ` ${some}` : ': nothing here'}${open ? `, left ${open} out` : ''}`;
}

/** Offers to take a save back; null takes the offer away. */
export function offer(saved, text) {
  clearTimeout(timer);
  last = saved;
  $('saved').hidden = !saved;
  if (!saved) return;
  if (text) $('saved-text').textContent = text;
  seen = false;
  timer = setTimeout(() => offer(null), 4 * UNDO); // should no frame come
}

/** The first frame after it is in view: from now on there is time to look at the offer. */
export function inView() {
  if (!last || seen) return;
  seen = true;
  clearTimeout(timer);
  timer = setTimeout(() => offer(null), UNDO);
}

/**
 * Gives the device back what it had before, and keeps what was drawn as a draft. Resolves to it, or to null when nothing
 * could be taken back, which is told.
 */
export async function takeBack() {
  const saved = last;
  if (!saved) return null;
  clearTimeout(timer); // it stays until that is done
  const { frame, phase, base, drawn, revision } = saved;
  try {
    const { revision: fresh } = await api(`frames/${frame.id}/labels`, { method: 'PUT', body: { revision, phase, labels: base } });
    if (!same(drawn.labels, base)) keepDraft(frame.id, { ...structuredClone(drawn), revision: fresh });
    offer(null);
    return saved;
  } catch (error) {
    const over = error.status === 409;
    offer(over ? null : saved);
    say(over ? 'Somebody else has changed that frame since; it was not taken back.' : `It could not be taken back: ${error.message}`);
    return null;
  }
}
