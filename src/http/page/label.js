// Labelling: frame after frame from the queue, boxes and tags, saved with the revision they are based on.
import { can } from './access.js';
import { $, api, busy, h, hush, on, passing, pictureUrl, plural, say, score, when } from './api.js';
import { Board } from './canvas.js';
import { addCategory, categories, colourOf, freshColour, kindOf, loadCategories } from './categories.js';
import { draftOf, dropDraft, isSending, keepDraft, retryDrafts, send, waiting } from './drafts.js';

const trail = []; // frames visited: {frame, proposals}
let position = -1;
let upcoming = []; // from the queue, not yet visited
let current = null; // {frame, revision, phase, labels, proposals}
let past = [], future = []; // snapshots for undo and redo
let category = null;
let homeless = null; // a box drawn before there was a category
let mine = null; // the user's labels while a conflict is shown
let loading = 0;

const board = new Board($('board'), {
  colour: colourOf,
  current: () => category,
  may: () => can('labeller'),
  zoomed: (yes) => { $('fit').hidden = !yes; },
  make(bbox) {
    if (category) return shaped(category, bbox);
    homeless = bbox;
    openForm();
    return null;
  },
  change: changed,
  select(label) {
    $('selection').hidden = !label;
    if (!label) return;
    $('selection-name').textContent = label.category;
    const [x, y, w, hh] = label.bbox.map(Math.round);
    $('board-said').textContent = `${label.category}, ${w} by ${hh} pixels, at ${x}, ${y}`;
  },
  accept(proposal) { accept([proposal]); },
});

/** A label as its category wants it. */
function shaped(name, bbox) {
  const [x, y, w, hh] = bbox;
  if (kindOf(name) !== 'polygon') return { category: name, bbox };
  return { category: name, bbox, polygon: [[x, y], [x + w, y], [x + w, y + hh], [x, y + hh]] };
}

/** A label fit to be sent: on quarter pixels, which every reader holds exactly, and inside the frame. */
function tidy({ category: name, bbox, polygon, ...rest }, { width, height }) {
  if (!bbox) return { ...rest, category: name };
  const snap = (value, most) => Math.round(Math.min(most, Math.max(0, value)) * 4) / 4;
  const [l, t, r, b] = [snap(bbox[0], width), snap(bbox[1], height), snap(bbox[0] + bbox[2], width), snap(bbox[1] + bbox[3], height)];
  const label = { ...rest, category: name, bbox: [l, t, r - l, b - t] };
  return polygon ? { ...label, polygon: polygon.map(([x, y]) => [snap(x, width), snap(y, height)]) } : label;
}

// ---- going from frame to frame ----

export async function enter(id) {
  try {
    await loadCategories();
    if (!categories.some((c) => c.name === category)) category = categories.find((c) => c.kind !== 'tag')?.name ?? null;
    chips();
    if (id && id !== current?.frame.id) {
      const known = trail.findIndex((stop) => stop.frame.id === id);
      if (known >= 0) await go(known);
      else {
        trail.splice(position + 1, 0, { frame: await api(`frames/${id}`), proposals: [] });
        await go(position + 1);
      }
    } else if (!current) await forward();
    else board.draw();
    strip();
  } catch (error) { say(error); }
}

async function refill() {
  if (!can('labeller')) return looked();
  const { items } = await api('queue?limit=12');
  const fresh = items.map(({ frame, proposals }) => ({ frame, proposals: proposals ?? [] }));
  upcoming = fresh.filter(({ frame }) => !trail.some((stop) => stop.frame.id === frame.id) && !draftOf(frame.id)?.pending);
  return undefined;
}

/** Who only looks sees what is labelled, newest first. */
async function looked() {
  const fresh = () => labelled.filter(({ id }) => !trail.some((stop) => stop.frame.id === id));
  if (!fresh().length) await strip(Object.values(cursors).some(Boolean));
  upcoming = fresh().map((frame) => ({ frame, proposals: [] }));
}

/** The next frame: on along the trail, then from the queue. */
async function forward() {
  if (position + 1 < trail.length) return go(position + 1);
  if (!upcoming.length) await refill();
  if (!upcoming.length) {
    current = null;
    empty(true);
    return undefined;
  }
  trail.push(upcoming.shift());
  const shown = go(trail.length - 1);
  if (upcoming.length) new Image().src = pictureUrl(upcoming[0].frame.id, pictureWidth(upcoming[0].frame));
  else refill().catch(() => {});
  return shown;
}

// No more than a phone can show zoomed in; boxes stay in pixels of the stored frame.
const pictureWidth = (frame) => (frame.width > 1920 ? 1920 : undefined);

async function go(to) {
  const ticket = ++loading;
  const { frame, proposals } = trail[to];
  position = to;
  const picture = new Image();
  picture.src = pictureUrl(frame.id, pictureWidth(frame));
  const [labels] = await Promise.all([api(`frames/${frame.id}/labels`), picture.decode().catch(() => { throw new Error('The picture of this frame could not be loaded.'); })]);
  if (ticket !== loading) return; // another frame was asked for meanwhile
  empty(false);
  theirs(labels, frame, labels.phase === 'unlabelled' ? proposals : []);
  const draft = can('labeller') ? draftOf(frame.id) : null;
  conflict(null);
  if (draft && draft.revision === labels.revision) {
    current.labels = draft.labels;
    reset();
    $('save-state').textContent = draft.pending ? 'Not on the device yet; it is sent as soon as it answers.' : 'Restored what you had drawn here.';
  } else if (draft) conflict(labels, draft.labels);
  $('board').parentElement.style.aspectRatio = `${frame.width} / ${Math.max(frame.height, frame.width * 0.5)}`;
  board.show(picture, [frame.width, frame.height], current.labels, current.proposals);
  render();
}

/** Takes over the device's labels as the state to edit. */
function theirs(labels, frame, proposals = []) {
  current = { frame, revision: labels.revision, phase: labels.phase, labels: structuredClone(labels.labels), proposals: structuredClone(proposals) };
  $('save-state').textContent = '';
  reset();
}
function reset() {
  past = [snapshot()];
  future = [];
}
const snapshot = () => structuredClone({ labels: current.labels, proposals: current.proposals });

function empty(yes) {
  $('label-empty').hidden = !yes;
  $('label-work').hidden = yes;
}

// ---- editing ----

function changed(label) {
  past.push(snapshot());
  if (past.length > 200) past.shift();
  future = [];
  if (label?.bbox) board.host.select(board.selected);
  keep();
  render();
}

function keep(pending = false) {
  const { frame, revision, phase, labels } = current;
  keepDraft(frame.id, { revision, phase: phase === 'unlabelled' ? 'labelled' : phase, labels: labels.map((l) => tidy(l, frame)), pending });
  $('save-state').textContent = '';
}

function restore(state) {
  Object.assign(current, structuredClone(state));
  board.set(current.labels, current.proposals);
  keep();
  render();
}
function undo() {
  if (past.length < 2) return;
  future.push(past.pop());
  restore(past.at(-1));
}
function redo() {
  if (!future.length) return;
  past.push(future.pop());
  restore(past.at(-1));
}

function accept(proposals) {
  for (const proposal of proposals) {
    current.proposals.splice(current.proposals.indexOf(proposal), 1);
    if (!proposal.bbox) { if (!hasTag(proposal.category)) current.labels.push({ category: proposal.category }); continue; }
    current.labels.push(tidy(shaped(proposal.category, proposal.bbox), current.frame));
  }
  changed();
  board.draw();
  $('board-said').textContent = `${plural(proposals.length, 'proposal')} accepted`;
}

const hasTag = (name) => current.labels.some((l) => !l.bbox && l.category === name);
function toggleTag(name) {
  if (hasTag(name)) current.labels.splice(current.labels.findIndex((l) => !l.bbox && l.category === name), 1);
  else {
    current.labels.push({ category: name });
    const proposed = current.proposals.findIndex((p) => !p.bbox && p.category === name);
    if (proposed >= 0) current.proposals.splice(proposed, 1);
  }
  changed();
}

function choose(name) {
  category = name;
  const label = board.selected;
  if (label && label.category !== name) {
    const { polygon } = label;
    delete label.polygon;
    Object.assign(label, shaped(name, label.bbox));
    if (polygon && label.polygon) label.polygon = polygon;
    changed(label);
  }
  chips();
  board.draw();
}

// ---- what is shown ----

function render() {
  if (!current) return;
  const { frame, labels, proposals } = current;
  const boxes = labels.filter((l) => l.bbox).length;
  $('frame-info').replaceChildren(h('b', {}, plural(boxes, 'box', 'boxes')), h('small', {}, frame.name ?? when(frame.taken)));
  $('prev').disabled = position <= 0;
  $('undo').disabled = past.length < 2;
  $('redo').disabled = !future.length;
  $('proposals').hidden = !proposals.length;
  $('proposals-text').textContent = `${plural(proposals.length, 'proposal')}: tap to take`;
  $('save').textContent = labels.length ? 'Save & next' : 'Nothing here · next';
  chips();
  for (const thumb of $('strip').children) mark(thumb);
  board.draw();
}

function chips() {
  const boxes = categories.filter((c) => c.kind !== 'tag');
  const chip = (c, attributes, ...more) => h('button', { class: 'chip', colour: c.colour, ...attributes }, h('i'), c.name, ...more);
  if (!can('labeller')) {
    // What the colours mean, and what is true of the whole frame.
    const there = categories.filter((c) => current?.labels.some((l) => l.category === c.name));
    $('chips').replaceChildren(...there.map((c) => h('span', { class: `chip ${c.kind === 'tag' ? 'tag' : ''}`, colour: c.colour }, h('i'), c.name)));
    $('tags').replaceChildren();
    return;
  }
  $('chips').replaceChildren(
    ...boxes.map((c) => chip(c, { 'aria-pressed': String(c.name === category), onclick: () => choose(c.name) })));
  $('tags').replaceChildren(...categories.filter((c) => c.kind === 'tag').map((c) => {
    const proposal = current?.proposals.find((p) => !p.bbox && p.category === c.name);
    return chip(c, { class: `chip tag ${proposal ? 'proposed' : ''}`, 'aria-pressed': String(Boolean(current) && hasTag(c.name)), onclick: () => toggleTag(c.name) }, proposal && ` ${score(proposal.score)}`);
  }));
  $('instructions').textContent = categories.find((c) => c.name === category)?.instructions ?? '';
}

function openForm() {
  $('category-form').hidden = false;
  $('category-colour').value = freshColour();
  // The first needs no name of its own: one kind of thing to look for is simply that.
  if (!categories.length) $('category-name').value = 'object';
  $('category-name').focus();
  $('category-name').select();
}
$('category-form').onsubmit = (event) => {
  event.preventDefault();
  busy(event.submitter ?? $('category-cancel'), async () => {
    const added = await addCategory({ name: $('category-name').value.trim(), kind: $('category-kind').value, colour: $('category-colour').value, instructions: '' });
    $('category-form').reset();
    $('category-form').hidden = true;
    if (added.kind !== 'tag') category = added.name;
    if (homeless && category) board.add(homeless);
    homeless = null;
    chips();
  });
};
$('category-add').onclick = openForm;
$('category-cancel').onclick = () => { $('category-form').hidden = true; homeless = null; };

// ---- saving ----

let saving = false; // until the next frame is there: a second press must not save this one again
async function save() {
  if (!current || saving) return;
  saving = true;
  try { await saveAndGo(current.frame); } finally { saving = false; }
}
async function saveAndGo(frame) {
  keep(true);
  conflict(null);
  $('save').disabled = true;
  try {
    const outcome = await send(frame.id);
    if (outcome.theirs) return settle(frame, outcome.theirs);
    if (current?.frame.id === frame.id) current.revision = outcome.saved.revision;
    $('save-state').textContent = 'Saved.';
    hush();
    strip();
  } catch (error) {
    say(error.status === 0 ? `${error.message} Your labels are kept on this phone and sent when it does.` : error);
    if (!passing(error)) return keepDraft(frame.id, { ...draftOf(frame.id), pending: false });
  } finally {
    $('save').disabled = false;
    outstanding();
  }
  // Offline the next frame may not come either; then this one stays in view.
  return forward().catch((error) => { if (error.status !== 0) say(error); });
}

/** Somebody else saved this frame first: their labels are shown, the user's are one tap away. */
function settle(frame, labels) {
  const drawn = draftOf(frame.id)?.labels ?? [];
  theirs(labels, frame);
  board.set(current.labels, current.proposals);
  conflict(labels, drawn);
  render();
}
function conflict(labels, drawn) {
  mine = drawn ?? null;
  $('conflict').hidden = !labels;
  if (labels) $('conflict-text').textContent = `Somebody else saved this frame${labels.updated ? ` (${when(labels.updated)})` : ''}. You see their ${plural(labels.labels.length, 'label')}; your ${mine.length} are kept.`;
}
$('conflict-mine').onclick = () => {
  current.labels.splice(0, current.labels.length, ...mine);
  board.set(current.labels, current.proposals);
  conflict(null);
  changed();
};
$('conflict-theirs').onclick = () => { dropDraft(current.frame.id); conflict(null); render(); };

function outstanding() {
  const n = waiting().length;
  if (n) $('save-state').textContent = `${plural(n, 'frame waits', 'frames wait')} to be sent to the device.`;
}
retryDrafts((frame, { theirs: labels, error }) => {
  if (error) say(`A frame could not be saved: ${error.message}`);
  else if (labels && frame === current?.frame.id) settle(current.frame, labels);
  else if (labels) say('Somebody else labelled a frame you saved while offline; it is marked in the strip below.');
  else if (!waiting().length) { hush(); $('save-state').textContent = 'Everything is on the device.'; }
  if (frame === current?.frame.id && !labels && !error) go(position).catch(say);
  strip();
});

// ---- frames labelled before ----

let labelled = [];
let cursors = {};
async function strip(more = false) {
  try {
    const phases = ['labelled', 'reviewed', 'final'].filter((phase) => !more || cursors[phase]);
    const slices = await Promise.all(phases.map((phase) => api(`frames?phase=${phase}&limit=40${more ? `&before=${cursors[phase]}` : ''}`)));
    cursors = Object.fromEntries(phases.map((phase, i) => [phase, slices[i].next]));
    const fresh = slices.flatMap((slice) => slice.items);
    labelled = (more ? [...labelled, ...fresh] : fresh).sort((a, b) => (a.id < b.id ? 1 : -1));
    const open = Object.values(cursors).some(Boolean);
    $('labelled-count').textContent = `${labelled.length}${open ? '+' : ''}`;
    $('strip').replaceChildren(...labelled.map((frame) => mark(h('button', { class: 'thumb', 'data-frame': frame.id, 'aria-label': `${can('labeller') ? 'Correct' : 'Show'} ${frame.name ?? when(frame.taken)}`, onclick: () => { location.hash = `#/label/${frame.id}`; if (location.hash.endsWith(frame.id)) enter(frame.id); } },
      h('img', { src: pictureUrl(frame.id, 192), alt: '', loading: 'lazy' })))), ...(open ? [h('button', { class: 'thumb more', onclick: () => strip(true) }, 'More')] : []));
  } catch { /* the strip can wait */ }
}
function mark(thumb) {
  const id = thumb.dataset.frame;
  if (id && id === current?.frame.id) thumb.setAttribute('aria-current', 'true');
  else thumb.removeAttribute('aria-current');
  thumb.classList.toggle('draft', Boolean(id && draftOf(id)));
  return thumb;
}

on('labels', (labels) => {
  if (labels.frame !== current?.frame.id || isSending(labels.frame) || labels.revision <= current.revision) return;
  if (draftOf(labels.frame)) settle(current.frame, labels);
  else go(position).catch(say);
});

// ---- controls ----

$('save').onclick = save;
$('prev').onclick = () => position > 0 && go(position - 1).catch(say);
$('next').onclick = () => forward().catch(say);
$('undo').onclick = undo;
$('redo').onclick = redo;
$('fit').onclick = () => board.fit();
$('delete').onclick = () => board.remove();
$('accept-all').onclick = () => accept([...current.proposals]);
$('label-again').onclick = () => busy($('label-again'), async () => { trail.length = 0; position = -1; await forward(); });
addEventListener('keydown', (event) => {
  if ($('label').hidden || !current || !can('labeller') || event.target.matches('input, select')) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  const boxes = categories.filter((c) => c.kind !== 'tag');
  if (command && key === 'enter') save();
  else if (command && (key === 'y' || (key === 'z' && event.shiftKey))) redo();
  else if (command && key === 'z') undo();
  else if (!command && !event.altKey && boxes[key - 1]) choose(boxes[key - 1].name);
  else return;
  event.preventDefault();
});
