// The camera: the live picture, what is seen in it, and how the device is.
import { $, api, busy, bytes, h, on, plural, score, when } from './api.js';
import { colourOf, loadCategories } from './categories.js';

let here = false;
let retry = null;

export function enter() {
  here = true;
  look();
  loadCategories().catch(() => {});
  refresh();
}
export function leave() {
  here = false;
  look();
}

// The stream is only fetched while it can be seen: it would take one of the browser's few connections.
function look() {
  clearTimeout(retry);
  const wanted = here && !document.hidden;
  if (wanted) $('live').src = `api/v1/live.mjpeg?t=${Date.now()}`;
  else $('live').removeAttribute('src');
}
document.addEventListener('visibilitychange', look);
$('live').onload = () => { $('live-note').hidden = true; $('live').hidden = false; };
$('live').onerror = () => {
  if (!here || document.hidden) return;
  $('live').hidden = true;
  $('live-note').hidden = false;
  $('live-note').textContent = 'No picture from the camera yet. Trying again…';
  retry = setTimeout(look, 3000);
};

async function refresh() {
  if (!here) return;
  try {
    const [status, models] = await Promise.all([api('status'), api('models?limit=20')]);
    state(status);
    watching(models.items.find((model) => model.deployed), status.live);
    if (!models.items.some((model) => model.deployed)) seen({ objects: [] });
  } catch (error) {
    $('camera-state').textContent = error.message;
  }
}

function state({ camera, store }) {
  if (camera) {
    const size = camera.width ? `${camera.width} × ${camera.height}` : null;
    const fps = camera.fps ? `${camera.fps.toFixed(camera.fps < 10 ? 1 : 0)} frames/s` : null;
    $('camera-state').textContent = [camera.error ?? camera.state, camera.source, size, fps].filter(Boolean).join(' · ');
  }
  if (!store) return;
  $('store-meter').value = store.budget ? store.frame_bytes / store.budget : 0;
  const parts = [plural(store.frames, 'frame'), `${store.labelled} labelled`, `${bytes(store.frame_bytes ?? 0)} of ${bytes(store.budget ?? 0)}`];
  if (store.full) parts.unshift('Full: capture is paused');
  $('store-state').textContent = parts.join(' · ');
}

function watching(model, live) {
  $('deployed').replaceChildren(...(model
    ? [h('div', { class: 'headline' }, h('span', {}, model.categories.map((c) => c.name).join(', ')), h('span', { class: 'num' }, `AP50 ${score(model.metrics.ap50)}`)),
      h('p', { class: 'state' }, [`trained ${when(model.created)}`, model.base, live?.milliseconds ? `${Math.round(live.milliseconds)} ms a frame` : null].filter(Boolean).join(' · ')),
      live?.error && h('p', { class: 'state danger' }, live.error)].filter(Boolean)
    : [h('p', { class: 'state' }, 'No model yet. Label some frames and press Train; the best model goes live by itself.')]));
}

/** Detections by category: how many, and the surest of them. */
function seen({ objects = [] }) {
  const groups = new Map();
  for (const object of objects) {
    const group = groups.get(object.category) ?? { count: 0, best: 0 };
    group.count += 1;
    group.best = Math.max(group.best, object.score);
    groups.set(object.category, group);
  }
  const rows = [...groups].sort((a, b) => a[0].localeCompare(b[0])).map(([name, group]) => h('li', {},
    h('i', { colour: colourOf(name) }), h('span', { class: 'main' }, name),
    h('small', {}, `surest ${score(group.best)}`), h('span', { class: 'num' }, `× ${group.count}`)));
  $('detections').replaceChildren(...(rows.length ? rows : [h('li', { class: 'empty-row' }, 'Nothing the model knows.')]));
}

$('capture').onclick = () => busy($('capture'), async () => {
  const frame = await api('frames/capture', { method: 'POST' });
  $('captured').replaceChildren('Kept. ', h('a', { href: `#/label/${frame.id}` }, 'Label it now'));
});

on('detections', (detections) => { if (here) seen(detections); });
on('deployed', refresh);
let opened = false;
on('open', () => {
  refresh();
  if (opened) look(); // after an interruption the old stream may stand still without an error
  opened = true;
});
on('poll', () => {
  refresh();
  if (here) api('detections').then((d) => d && seen(d)).catch(() => {});
});
