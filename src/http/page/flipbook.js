// The flip book: what each frame looked like to the model, epoch after epoch.
import { $, api, h, on, pictureUrl, say, score, when } from './api.js';
import { drawCurve, drawScatter } from './plots.js';

let id = null; // of the training shown; null while elsewhere
let book = null;
let at = 0; // index into book.epochs
let frame = -1; // index into book.frames
let side = 'validation';
let axis = 'confidence';
let playing = false;
let over = false; // the training: no page will be added
let shownFrames = 60;
let places = [];
let epochAt = () => 0;
let tween = null;
const pictures = new Map(); // url → Image, oldest first

export function enter(training) {
  if (id !== training) {
    Object.assign($('book-work'), { hidden: true });
    book = null;
    frame = -1;
    side = 'validation';
    shownFrames = 60;
    pictures.clear();
    $('page').removeAttribute('src');
    $('book-frames').replaceChildren();
  }
  id = training;
  load();
}
export function leave() {
  id = null;
  play(false);
}

async function load() {
  const wanted = id;
  if (!wanted) return;
  try {
    const [training, fresh] = await Promise.all([api(`trainings/${wanted}`), api(`trainings/${wanted}/flipbook`)]);
    if (id !== wanted) return;
    describe(training);
    take(fresh);
  } catch (error) { say(error); }
}

function describe(training) {
  over = Boolean(training.finished);
  $('book-title').textContent = `Training of ${when(training.created)}`;
  $('book-state').textContent = [training.state === 'training' ? training.activity : training.state, training.error ?? training.verdict].filter(Boolean).join(' · ');
}

function take(fresh) {
  const follow = !book || at >= book.epochs.length - 1;
  const changed = fresh.frames.length !== book?.frames.length;
  book = fresh;
  $('book-empty').hidden = book.epochs.length > 0;
  $('book-work').hidden = !book.epochs.length;
  if (!book.epochs.length) return;
  if (!book.frames.some((f) => f.split === side)) side = book.frames[0]?.split ?? side;
  $('epoch').max = book.epochs.length;
  at = follow ? book.epochs.length - 1 : at;
  if (frame < 0 || changed) frame = ranked()[0] ?? 0;
  turn(at, { settle: true });
}

/** Frames of the side shown, worst at this epoch first. */
function ranked() {
  const { points } = book.epochs[at];
  return book.frames.map((f, n) => n).filter((n) => book.frames[n].split === side)
    .sort((a, b) => points[a].score - points[b].score || points[b].loss - points[a].loss);
}

// ---- the picture ----

const pageUrl = (index, n) => {
  const width = Math.min(1280, Math.ceil(($('page').clientWidth || 360) * Math.min(2, devicePixelRatio || 1) / 160) * 160);
  return `api/v1/trainings/${id}/flipbook/${book.epochs[index].epoch}/${book.frames[n].id}.jpg?width=${width}`;
};
function picture(url) {
  let image = pictures.get(url);
  if (!image) {
    image = new Image();
    image.src = url;
    pictures.set(url, image);
    if (pictures.size > 90) pictures.delete(pictures.keys().next().value);
  }
  return image;
}

/** Shows an epoch. The old picture stays until the new one is decoded, and only the newest wish is fulfilled. */
async function turn(index, { settle = false } = {}) {
  const moved = index !== at;
  at = Math.max(0, Math.min(book.epochs.length - 1, index));
  const { epoch, points } = book.epochs[at];
  $('epoch').value = at + 1;
  $('epoch').setAttribute('aria-valuetext', `Epoch ${epoch}`);
  $('epoch-text').replaceChildren('epoch ', h('b', {}, String(epoch)));
  const point = points[frame];
  if (point) $('page-state').textContent = `Score ${score(point.score)} · confidence ${score(point.confidence)} · loss ${point.loss.toFixed(2)} · ${book.frames[frame].split}`;
  epochAt = drawCurve($('curve'), book.epochs, at);
  if (moved && !matchMedia('(prefers-reduced-motion: reduce)').matches) animate();
  else places = drawScatter($('scatter'), book, at, axis, frame);
  if (settle) thumbs();
  else for (const thumb of $('book-frames').children) badge(thumb);
  if (!point) return;
  const url = pageUrl(at, frame);
  const shown = [at, frame].join();
  const image = picture(url);
  try { await image.decode(); } catch {
    pictures.delete(url);
    if (shown === [at, frame].join() && id && !playing) say('This page could not be loaded.');
    return;
  }
  if (shown !== [at, frame].join() || !id) return;
  $('page').src = url;
  $('page').alt = `Frame ${frame + 1} at epoch ${epoch}: labels dashed, predictions solid`;
  $('page').parentElement.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`;
  $('gif').hidden = false;
  $('gif').href = `api/v1/trainings/${id}/flipbook.gif?frame=${book.frames[frame].id}`;
  for (const near of [at + 1, at + 2, at - 1]) if (book.epochs[near]) picture(pageUrl(near, frame));
}

function animate() {
  cancelAnimationFrame(tween);
  const start = performance.now();
  const step = (now) => {
    if (!id || !book) return;
    const t = Math.min(1, (now - start) / 180);
    places = drawScatter($('scatter'), book, at, axis, frame, 1 - (1 - t) ** 3);
    if (t < 1) tween = requestAnimationFrame(step);
  };
  tween = requestAnimationFrame(step);
}

async function play(yes) {
  playing = yes;
  $('play').textContent = yes ? '❚❚' : '▶';
  $('play').setAttribute('aria-label', yes ? 'Pause' : 'Play');
  if (!yes) return;
  if (at >= book.epochs.length - 1) turn(0);
  while (playing && id && at < book.epochs.length - 1) {
    await Promise.all([new Promise((done) => { setTimeout(done, 220); }), turn(at + 1)]);
  }
  if (playing) { play(false); thumbs(); }
}

// ---- the frames ----

function thumbs() {
  const order = ranked();
  for (const name of ['validation', 'training']) $(`side-${name}`).setAttribute('aria-pressed', String(side === name));
  const list = [...$('book-frames').querySelectorAll('[data-n]')];
  const same = list.map((thumb) => thumb.dataset.n).join() === order.slice(0, shownFrames).join();
  if (same && list.length) {
    list.forEach(badge);
    return;
  }
  $('book-frames').replaceChildren(...order.slice(0, shownFrames).map((n) => badge(h('button', { class: 'thumb', 'data-n': n, onclick: () => choose(n) },
    h('img', { src: pictureUrl(book.frames[n].id, 192), alt: '', loading: 'lazy' }), h('b')))),
  ...(order.length > shownFrames ? [h('button', { class: 'thumb more', onclick: () => { shownFrames += 120; thumbs(); } }, `${order.length - shownFrames} more`)] : []));
}
function badge(thumb) {
  const n = Number(thumb.dataset.n);
  const point = book.epochs[at].points[n];
  if (!point || !thumb.dataset.n) return thumb;
  thumb.querySelector('b').textContent = score(point.score);
  thumb.setAttribute('aria-label', `Frame ${n + 1}, score ${score(point.score)}`);
  if (n === frame) thumb.setAttribute('aria-current', 'true');
  else thumb.removeAttribute('aria-current');
  return thumb;
}
function choose(n) {
  frame = n;
  if (book.frames[n].split !== side) { side = book.frames[n].split; turn(at, { settle: true }); } else turn(at);
}

// ---- controls ----

$('epoch').oninput = () => { if (playing) play(false); turn($('epoch').value - 1); };
$('epoch').onchange = () => turn($('epoch').value - 1, { settle: true });
$('play').onclick = () => book && play(!playing);
for (const name of ['validation', 'training']) $(`side-${name}`).onclick = () => { side = name; shownFrames = 60; thumbs(); };
for (const name of ['confidence', 'loss']) {
  $(`axis-${name}`).onclick = () => {
    axis = name;
    for (const other of ['confidence', 'loss']) $(`axis-${other}`).setAttribute('aria-pressed', String(other === name));
    turn(at);
  };
}
$('scatter').onclick = (event) => {
  const { left, top } = $('scatter').getBoundingClientRect();
  const distances = places.map(([x, y]) => Math.hypot(x - event.clientX + left, y - event.clientY + top));
  const nearest = distances.indexOf(Math.min(...distances));
  if (distances[nearest] < 40) choose(nearest);
};
const scrub = (event) => {
  if (event.type === 'pointermove' && !event.buttons) return;
  if (playing) play(false);
  turn(epochAt(event.clientX - $('curve').getBoundingClientRect().left), { settle: event.type === 'pointerup' });
};
for (const type of ['pointerdown', 'pointermove', 'pointerup']) $('curve').addEventListener(type, scrub);

const redraw = () => { if (id && book?.epochs.length && !$('book-work').hidden) turn(at); };
addEventListener('resize', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

// A running training adds pages: fetched at most every two seconds.
let due = null;
const later = () => { due ??= setTimeout(() => { due = null; load(); }, 2000); };
on('epoch', (event) => { if (id && (event?.training?.id ?? event?.training) === id) later(); });
on('training', (training) => { if (training?.id === id) { describe(training); if (training.winner) later(); } });
on('poll', () => { if (id && !playing && !(over && book)) load(); });
