// Labelling: frame after frame from the queue, boxes and tags, saved with the revision they are based on.
import { can } from './access.js';
import { $, api, busy, h, hush, on, passing, pictureUrl, plural, say, when } from './api.js';
import { Board } from './canvas.js';
import { categories, colourOf, kindOf, loadCategories } from './categories.js';
import { chips as drawChips } from './chips.js';
import { draftOf, dropDraft, isSending, keepDraft, retryDrafts, send, waiting } from './drafts.js';
import * as form from './newcategory.js';
import { Queue } from './queue.js';
import * as saved from './saved.js';
import { Sheet } from './sheet.js';
import * as strip from './strip.js';
import { Turn, offer, refusal } from './turn.js';
import * as wait from './wait.js';

let current = null; // the sheet of the frame in view
let category = null; // of the next box
let mine = null; // the user's labels while a conflict is shown
let loading = 0;
let left = null; // frames without labels on the device

const turn = new Turn(() => { wait.show(turn, Boolean(current)); finish(); });
const queue = new Queue({
  best: async (limit) => (can('labeller') ? (await api(`queue?limit=${limit}`)).items : looked()),
  behind: (before) => (can('labeller') ? api(`frames?phase=unlabelled&limit=200${before ? `&before=${before}` : ''}`) : { items: [], next: null }),
  waits: (id) => Boolean(draftOf(id)?.pending),
});

const board = new Board($('board'), {
  colour: colourOf,
  current: () => category,
  may: () => can('labeller'),
  ready,
  lost: () => refuse('the picture changed under your finger.'),
  painted() { turn.painted(); saved.inView(); },
  zoomed: (yes) => { $('fit').hidden = !yes; },
  make(bbox) {
    if (category) return shaped(category, bbox);
    board.nameless.push(bbox); // stays in view until it has a category
    form.open();
    finish();
    return null;
  },
  change: changed,
  select(label) {
    $('selection').hidden = !label;
    if (!label) return;
    pill(label);
    tellBox(label);
  },
  accept(proposal) { accept([proposal]); },
  reject(label) {
    current.labels.splice(current.labels.indexOf(label), 1);
    board.select(null);
    changed();
    $('board-said').textContent = 'Proposal refused';
  },
});

/** The selected box's category, to be changed there and nowhere else. */
function pill(label) {
  const names = categories.filter((c) => c.kind !== 'tag' || c.name === label.category).map((c) => c.name);
  $('selection-name').replaceChildren(...(names.includes(label.category) ? names : [label.category, ...names]).map((name) => h('option', { value: name, selected: name === label.category }, name)));
  $('selection-name').disabled = !can('labeller');
  $('selection').style.setProperty('--c', colourOf(label.category));
}
function tellBox(label) {
  const [x, y, w, hh] = label.bbox.map(Math.round);
  $('board-said').textContent = `${label.category}, ${w} by ${hh} pixels, at ${x}, ${y}`;
}

// ---- while a frame comes or is saved ----

/** Whether the frame in view may be edited just now; says why not. */
function ready() {
  const yes = turn.editable && current;
  if (!yes) refuse(turn.state === 'saving' ? 'this frame is being saved.' : 'the next frame is still loading.');
  return yes;
}
const refuse = (why) => wait.refuse(why, turn, () => Boolean(current));

/** A box without a category keeps its frame in view. */
function held() {
  if (!board.nameless.length) return false;
  say('The box you drew has no category yet. Add one, or cancel it.', 'info');
  form.open();
  return true;
}

/** A label as its category wants it. */
function shaped(name, bbox) {
  const [x, y, w, hh] = bbox;
  if (kindOf(name) !== 'polygon') return { category: name, bbox };
  return { category: name, bbox, polygon: [[x, y], [x + w, y], [x + w, y + hh], [x, y + hh]] };
}

// ---- going from frame to frame ----

export async function enter(id) {
  try {
    await loadCategories();
    if (!categories.some((c) => c.name === category)) category = categories.find((c) => c.kind !== 'tag')?.name ?? null;
    chips();
    if (id && id !== current?.frame.id) await visit(id);
    else if (!current) await forward();
    else board.draw();
    strip.refresh();
    count();
  } catch (error) { say(error); }
}

/** Goes to a frame by its name: from a link, a list, or back to what was just saved. */
async function visit(id, extra) {
  if (held()) return;
  let to = queue.at(id);
  if (to < 0) to = queue.insert(await api(`frames/${id}`), extra);
  else if (extra) Object.assign(queue.trail[to], extra);
  await go(to);
}
strip.start((id) => {
  history.replaceState(null, '', `#/label/${id}`);
  visit(id).catch((error) => {
    // Nothing can be done any more with what was drawn on a frame that is gone.
    if (error.status !== 404 || !draftOf(id)) return say(error);
    dropDraft(id);
    return say('That frame is no longer on the device; what was drawn on it was let go.');
  });
});

/** Who only looks sees what is labelled, newest first. */
async function looked() {
  const fresh = () => strip.known().filter(({ id }) => queue.at(id) < 0);
  if (!fresh().length) await strip.refresh(strip.hasMore());
  return fresh().map((frame) => ({ frame }));
}

/** The next frame: on along the trail, then from the queue. */
async function forward() {
  if (held()) return;
  const ticket = load();
  try {
    for (;;) {
      const visited = queue.position + 1 < queue.trail.length; // where one has been
      const to = await queue.next();
      if (ticket !== loading) return;
      if (to < 0) return void empty();
      const last = to === queue.position;
      // What came from the queue may have been labelled by somebody else meanwhile.
      if (await go(to, { asked: ticket, unlabelled: can('labeller') && !visited && !last })) {
        if (last) $('save-state').textContent = 'This is the last frame without labels.';
        return;
      }
      if (ticket !== loading) return;
    }
  } catch (error) {
    if (ticket === loading) back();
    throw error;
  }
}

/** Begins to wait for a frame; what is in view stays so, and can't be edited. Returns the ticket. */
function load() {
  loading += 1;
  board.stop();
  turn.to('loading');
  return loading;
}
/** No other frame came: the one in view is the present one again. */
function back() {
  if (!current) return;
  queue.position = queue.at(current.frame.id);
  turn.to('deaf');
  render();
}

// No more than a phone can show zoomed in; boxes stay in pixels of the stored frame.
const pictureWidth = (frame) => (frame.width > 1920 ? 1920 : undefined);

/** Shows a stop of the trail. `unlabelled`: only if it still has no labels; resolves to whether it is shown. */
async function go(to, { asked, unlabelled = false } = {}) {
  const ticket = asked ?? load();
  const stop = queue.trail[to];
  const { frame } = stop;
  queue.position = to;
  try {
    const picture = new Image();
    picture.src = pictureUrl(frame.id, pictureWidth(frame));
    const [labels] = await Promise.all([api(`frames/${frame.id}/labels`), picture.decode().catch(() => { throw new Error('The picture of this frame could not be loaded.'); })]);
    if (ticket !== loading) return false; // another frame was asked for meanwhile
    queue.mark(frame.id, labels.phase === 'unlabelled');
    if (unlabelled && labels.phase !== 'unlabelled' && !draftOf(frame.id)) return false;
    present(stop, labels, picture);
  } catch (error) {
    if (ticket === loading) back();
    throw error;
  }
  const next = queue.trail[to + 1] ?? queue.fresh[0];
  if (next) new Image().src = pictureUrl(next.frame.id, pictureWidth(next.frame));
  return true;
}

/** Puts a frame before the user: the device's labels, or what was drawn on it here. */
function present(stop, labels, picture) {
  const { frame } = stop;
  show('label-work');
  theirs(labels, frame, labels.phase === 'unlabelled' ? stop.proposals : []);
  conflict(null);
  const draft = can('labeller') ? draftOf(frame.id) : null;
  if (draft && draft.revision === labels.revision) {
    current.resume(draft);
    $('save-state').textContent = draft.pending ? 'Not on the device yet; it is sent as soon as it answers.' : 'Restored what you had drawn here: not saved yet.';
    if (draft.mine) conflict(labels, draft.mine);
  } else if (draft) conflict(labels, draft.labels);
  $('board').parentElement.style.aspectRatio = `${frame.width} / ${Math.max(frame.height, frame.width * 0.5)}`;
  $('board').dataset.frame = frame.id;
  board.show(picture, [frame.width, frame.height], current.labels, current.proposals);
  turn.to('loading'); // until it is painted
  render();
}

/** Takes over the device's labels as the state to edit. */
function theirs(labels, frame, proposals) {
  current = new Sheet(frame, labels, proposals);
  $('save-state').textContent = '';
}

/** Nothing is left: which is true of the device, or but for what waits here to be sent. */
function empty() {
  current = null;
  const n = waiting().length;
  $('label-empty-text').textContent = n ? `Every other frame has labels. ${plural(n, 'frame waits', 'frames wait')} on this phone to be sent to the device.` : 'Every frame on this device has labels. Capture more, or correct one below.';
  show('label-empty');
  saved.inView();
  strip.show(null);
}
function show(part) {
  for (const other of ['label-empty', 'label-work']) $(other).hidden = other !== part;
  $(part === 'label-empty' ? 'empty-said' : 'said').prepend($('saved')); // what was saved last can be taken back from both
}

/** How many frames have no labels: asked, as others label too. */
async function count() {
  if (!can('labeller')) return;
  try {
    const { store } = await api('status');
    left = store ? Math.max(0, store.frames - store.labelled) : null;
    if (current) info();
  } catch { /* the number can wait */ }
}

// ---- editing ----

function changed(label) {
  current.step(label);
  if (label?.bbox) tellBox(label);
  keep();
  render();
}

/** Keeps what is drawn in this browser: until Save, or with it (`pending`) until the device has it. */
function keep(pending = false) {
  const waited = current.waits;
  current.waits = pending;
  if (!pending && !mine && !current.differs) dropDraft(current.frame.id);
  else keepDraft(current.frame.id, current.draft(pending, mine));
  $('save-state').textContent = waited && !pending ? 'Changed after it was saved: it is not sent until you save it again.' : '';
}

/** One step back or on (`way`: `undo`, `redo`), where there is one. */
function walk(way) {
  if (!current[`${way}able`] || !ready()) return;
  // The same box stays in hand, where it is still there.
  const [before, index] = [current.labels.length, current.labels.indexOf(board.selected)];
  current[way]();
  board.set(current.labels, current.proposals, (current.labels.length === before && current.labels[index]) || null);
  keep();
  render();
}

/** Takes proposals over; a single one is in hand, to be mended. */
function accept(proposals) {
  if (!ready()) return;
  const taken = proposals.map((proposal) => current.accept(proposal, shaped));
  changed();
  board.select(taken.length === 1 && taken[0]?.bbox ? taken[0] : null);
  $('board-said').textContent = `${proposals.length === 1 ? `${proposals[0].category} accepted` : `${plural(proposals.length, 'proposal')} accepted`}`;
}
function refuseAll() {
  if (!ready()) return;
  $('board-said').textContent = `${plural(current.proposals.length, 'proposal')} refused`;
  current.proposals.splice(0);
  changed();
}

function toggleTag(name) {
  if (ready()) { current.toggleTag(name); changed(); }
}

/** What the next box is. */
function choose(name) { category = name; chips(); }

/** Another category for the box in hand. */
function rename(label, name) {
  if (!label || label.category === name || !ready()) return;
  const { polygon } = label;
  delete label.polygon;
  Object.assign(label, shaped(name, label.bbox));
  if (polygon && label.polygon) label.polygon = polygon;
  changed(label);
  board.select(label);
}

// ---- what is shown ----

function render() {
  if (!current) return;
  const { frame, proposals } = current;
  info();
  $('prev').disabled = queue.position <= 0;
  $('undo').disabled = !current.undoable;
  $('redo').disabled = !current.redoable;
  $('proposals').hidden = !proposals.length;
  $('proposals-text').textContent = `${plural(proposals.length, 'proposal')}: tap to take`;
  finish();
  chips();
  strip.show(frame.id);
  board.draw();
}

function info() {
  const { frame, boxes, phase } = current;
  const many = left !== null && `${left} left`;
  $('frame-info').replaceChildren(h('b', {}, plural(boxes, 'box', 'boxes')), h('small', {}, [many, frame.name ?? when(frame.taken)].filter(Boolean).join(' · ')));
  const reason = phase === 'unlabelled' && queue.trail[queue.position]?.reason;
  $('reason').textContent = reason ? `Why this one: ${reason}` : '';
}

/** What is true of the frame in view, for what is offered at its end. */
const summary = () => ({ ...current.summary, unsettled: mine ? 'Choose above whose labels stay.' : board.nameless.length ? 'The box has no category yet.' : null });
function finish() {
  if (!current) return;
  const { save: may, text, nothing } = offer(summary());
  const off = (button, yes) => button.setAttribute('aria-disabled', String(yes));
  $('save').textContent = text;
  off($('save'), !may || turn.state !== 'ready');
  $('nothing').hidden = !nothing;
  off($('nothing'), turn.state !== 'ready');
}

const chips = () => drawChips({ next: category, sheet: current, choose, toggle: toggleTag });

form.start({
  wants: () => board.nameless.length > 0,
  added({ name, kind }) {
    if (kind !== 'tag') {
      category = name;
      for (const bbox of board.nameless.splice(0)) board.add(bbox);
    }
    if (current) render(); else chips();
  },
  cancelled() {
    const n = board.nameless.splice(0).length;
    if (n) $('save-state').textContent = `${n === 1 ? 'The box was' : 'The boxes were'} not kept: no category.`;
    board.draw();
    finish();
  },
});
$('category-add').onclick = form.open;

// ---- saving ----

/** Saves what is drawn, or that there is nothing, where that is offered just now. */
async function save(nothing = false) {
  if (!current || turn.state !== 'ready') return; // a frame that was not seen yet is not saved
  const now = summary();
  const offered = offer(now);
  if (!(nothing ? offered.nothing : offered.save)) {
    $('save-state').textContent = refusal(now, current.waits) ?? '';
    return;
  }
  const { frame } = current;
  const taken = { frame, phase: current.phase, base: current.base, drawn: current.draft(false) };
  const text = saved.words([[now.boxes, plural(now.boxes, 'box', 'boxes')], [now.tags, plural(now.tags, 'tag')]], now.open);
  keep(true);
  turn.to('saving');
  try {
    const outcome = await send(frame.id);
    if (outcome.theirs) return settle(frame, outcome.theirs);
    queue.mark(frame.id, false);
    if (taken.phase === 'unlabelled' && left) left -= 1;
    // Should no other frame come, this one stays in view as it was saved.
    current.saved(outcome.saved);
    board.set(current.labels, current.proposals);
    saved.offer({ ...taken, revision: outcome.saved.revision }, text);
    hush();
    strip.refresh();
    count();
  } catch (error) {
    say(error.status === 0 ? `${error.message} Your labels are kept on this phone and sent when it does.` : error);
    outstanding();
    if (!passing(error)) {
      keep();
      $('save-state').textContent = 'Not saved.';
      return turn.to('ready');
    }
  }
  // Offline the next frame may not come either; then this one stays in view.
  await forward().catch((error) => { if (error.status !== 0) say(error); });
}

/** Gives the device back what it had before the last Save, and the user what was drawn. */
async function takeBack() {
  if (held()) return;
  load();
  const taken = await saved.takeBack();
  if (taken) {
    await visit(taken.frame.id, { proposals: taken.drawn.proposals }).catch(say);
    $('save-state').textContent = 'Taken back: the device has what it had before, and this is not saved.';
  } else back();
  strip.refresh();
  count();
}

/** Somebody else saved this frame first: their labels are shown, the user's are one tap away. */
function settle(frame, labels) {
  const drawn = draftOf(frame.id)?.labels ?? [];
  theirs(labels, frame);
  queue.mark(frame.id, labels.phase === 'unlabelled');
  board.set(current.labels, current.proposals);
  conflict(labels, drawn);
  if (turn.state === 'saving') turn.to('deaf');
  render();
}
function conflict(labels, drawn) {
  mine = (labels && drawn) ?? null;
  $('conflict').hidden = !labels;
  if (labels) $('conflict-text').textContent = `Somebody else saved this frame${labels.updated ? ` (${when(labels.updated)})` : ''}. You see their ${plural(labels.labels.length, 'label')}; your ${mine.length} are kept.`;
}
$('conflict-mine').onclick = () => {
  if (!ready()) return;
  current.labels.splice(0, current.labels.length, ...mine);
  board.set(current.labels, current.proposals);
  conflict(null);
  changed();
};
// What was drawn on top of theirs stays.
$('conflict-theirs').onclick = () => { conflict(null); keep(); render(); };

function outstanding() {
  const n = waiting().length;
  if (n) $('save-state').textContent = `${plural(n, 'frame waits', 'frames wait')} to be sent to the device.`;
}
retryDrafts((frame, { theirs: labels, error }) => {
  if (error) say(`A frame could not be saved: ${error.message}`);
  else if (labels && frame === current?.frame.id) settle(current.frame, labels);
  else if (labels) say('Somebody else labelled a frame you saved while offline; it is marked in the strip below.');
  else if (!waiting().length) { hush(); $('save-state').textContent = 'Everything is on the device.'; }
  if (!labels && !error) queue.mark(frame, false);
  if (frame === current?.frame.id && !labels && !error) visit(frame).catch(say);
  strip.refresh();
  count();
});

on('labels', (labels) => {
  queue.mark(labels.frame, labels.phase === 'unlabelled');
  if (labels.frame !== current?.frame.id || isSending(labels.frame) || labels.revision <= current.revision || !turn.editable) return;
  if (draftOf(labels.frame)) settle(current.frame, labels);
  else visit(labels.frame).catch(say);
});

// ---- controls ----

$('save').onclick = () => save();
$('nothing').onclick = () => save(true);
$('saved-undo').onclick = takeBack;
$('prev').onclick = () => { if (queue.position > 0 && !held()) go(queue.position - 1).catch(say); };
$('next').onclick = () => forward().catch(say);
$('undo').onclick = () => walk('undo');
$('redo').onclick = () => walk('redo');
$('fit').onclick = () => board.fit();
$('delete').onclick = () => board.remove();
$('selection-name').onchange = (event) => rename(board.selected, event.target.value);
$('accept-all').onclick = () => accept([...current.proposals]);
$('refuse-all').onclick = refuseAll;
$('label-again').onclick = () => busy($('label-again'), async () => { queue.clear(); await forward(); });
addEventListener('keydown', (event) => {
  if ($('label').hidden || !current || !can('labeller') || event.target.matches('input, select')) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  const boxes = categories.filter((c) => c.kind !== 'tag');
  if (command && key === 'enter') save();
  else if (command && (key === 'y' || (key === 'z' && event.shiftKey))) walk('redo');
  else if (command && key === 'z') walk('undo');
  else if (!command && !event.altKey && key === 'c' && board.selected) $('selection-name').focus();
  else if (!command && !event.altKey && boxes[key - 1]) choose(boxes[key - 1].name);
  else return;
  event.preventDefault();
});
