// The page: which section is shown, and what all sections share.
import { learn, me } from './access.js';
import { $, hush, listen, on } from './api.js';
import * as camera from './camera.js';
import * as label from './label.js';
import * as train from './train.js';
import * as book from './flipbook.js';
import * as device from './device.js';
import * as pair from './pair.js';

const sections = { camera, label, train, book, device, pair };
let shown = null;

/** `#/camera`, `#/label`, `#/label/{frame}`, `#/train`, `#/trainings/{id}`, `#/device`, `#/pair`, `#/pair/{code}`. */
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

// ---- who may be here ----

const locked = (yes) => document.body.classList.toggle('locked', yes);

on('locked', () => {
  locked(true);
  if (route()[0] === 'pair') return;
  pair.keepPlace(location.hash);
  history.replaceState(null, '', '#/pair');
  if (shown) show();
});
on('paired', () => {
  locked(false);
  listen();
});
// Another role is another page.
on('me', () => { if (shown && shown !== 'pair') sections[shown].enter(route()[1]); });
// Another tab may have been paired meanwhile, by a code that the camera opened.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && document.body.classList.contains('locked')) learn().then(pair.goOn, () => {});
});

async function start() {
  addEventListener('hashchange', show);
  const [name, code] = route();
  if (name === 'pair' && code) {
    locked(true); // until the code is taken
    show();
    return;
  }
  const answer = learn().then(() => true, () => false);
  // From an earlier visit it is known what to show, whether or not the device answers now.
  const known = me && name !== 'pair' ? null : await answer;
  show();
  if (known && name === 'pair') {
    pair.goOn();
    return;
  }
  if (!document.body.classList.contains('locked')) listen();
}
start();
