// Below the picture: frames whose labels are on this phone only, and frames labelled before.
import { can } from './access.js';
import { $, api, h, on, pictureUrl, plural, when } from './api.js';
import { draftOf, drafts } from './drafts.js';

let labelled = [];
let cursors = {};
let shown = null; // the frame in view
let open = () => {};

/** `visit(id)` goes to a frame. */
export function start(visit) { open = visit; }

/** What is labelled, newest first, as far as it was asked for. */
export const known = () => labelled;
export const hasMore = () => Object.values(cursors).some(Boolean);

export async function refresh(more = false) {
  try {
    const phases = ['labelled', 'reviewed', 'final'].filter((phase) => !more || cursors[phase]);
    const slices = await Promise.all(phases.map((phase) => api(`frames?phase=${phase}&limit=40${more ? `&before=${cursors[phase]}` : ''}`)));
    cursors = Object.fromEntries(phases.map((phase, i) => [phase, slices[i].next]));
    const fresh = slices.flatMap((slice) => slice.items);
    labelled = (more ? [...labelled, ...fresh] : fresh).sort((a, b) => (a.id < b.id ? 1 : -1));
    $('labelled-count').textContent = `${labelled.length}${hasMore() ? '+' : ''}`;
    $('strip').replaceChildren(...labelled.map((frame) => mark(thumb(frame.id, `${can('labeller') ? 'Correct' : 'Show'} ${frame.name ?? when(frame.taken)}`))),
      ...(hasMore() ? [h('button', { class: 'thumb more', onclick: () => refresh(true) }, 'More')] : []));
  } catch { /* the strip can wait */ }
}

function thumb(id, name, badge) {
  return h('button', { class: 'thumb', 'data-frame': id, 'aria-label': name, onclick: () => open(id) },
    h('img', { src: pictureUrl(id, 192), alt: '', loading: 'lazy' }), badge && h('b', {}, badge));
}
function mark(element) {
  const id = element.dataset.frame;
  if (id && id === shown) element.setAttribute('aria-current', 'true');
  else element.removeAttribute('aria-current');
  element.classList.toggle('draft', Boolean(id && draftOf(id)));
  return element;
}

/** Marks the frame in view, and lists what this phone alone has. */
export function show(id) {
  shown = id;
  for (const element of $('strip').children) mark(element);
  kept();
}

let listed = '';
function kept() {
  // What is being drawn right now is before one's eyes.
  const list = can('labeller') ? drafts().filter(({ frame, draft }) => draft.pending || frame !== shown) : [];
  const now = JSON.stringify([shown, list.map(({ frame, draft }) => [frame, draft.pending])]);
  if (now === listed) return;
  listed = now;
  $('kept').hidden = !list.length;
  $('kept-count').textContent = `${list.length}`;
  $('kept-list').replaceChildren(...list.map(({ frame, draft }) => {
    const state = draft.pending ? 'not sent' : 'not saved';
    return mark(thumb(frame, `${plural(draft.labels.length, 'label')}, ${state}: go there`, state));
  }));
}
on('drafts', kept);
$('unsent').addEventListener('click', () => $('kept').scrollIntoView({ block: 'nearest' }));
