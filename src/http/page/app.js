// The page: which section is shown, and what all sections share.
import { $, api, hush, listen, on } from './api.js';
import * as camera from './camera.js';
import * as label from './label.js';
import * as train from './train.js';
import * as book from './flipbook.js';

const sections = { camera, label, train, book };
let shown = null;

/** `#/camera`, `#/label`, `#/label/{frame}`, `#/train`, `#/trainings/{id}`. */
function route() {
  const [name = '', id] = location.hash.replace(/^#\/?/, '').split('/');
  if (name === 'trainings' && id) return ['book', id];
  return [name in sections && name !== 'book' ? name : 'camera', id];
}

function show() {
  const [name, id] = route();
  const first = shown === null;
  if (shown && shown !== name) {
    sections[shown].leave?.();
    hush();
  }
  for (const other of Object.keys(sections)) $(other).hidden = other !== name;
  for (const tab of document.querySelectorAll('[data-tab]')) {
    const here = tab.dataset.tab === (name === 'book' ? 'train' : name);
    if (here) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  }
  const moved = shown !== name;
  shown = name;
  sections[name].enter(id);
  if (moved && !first) {
    scrollTo(0, 0);
    $(`${name}-title`).focus({ preventScroll: true });
  }
}

async function deviceName() {
  try {
    const status = await api('status');
    $('device').textContent = typeof status.device === 'string' ? status.device : (status.device?.id ?? '');
  } catch { /* the link dot shows it */ }
}

addEventListener('hashchange', show);
on('open', deviceName);
listen();
show();
