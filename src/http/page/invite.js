// Letting somebody in: a code that works once, as a picture for the next person's camera, and in letters.
import { MAY, me } from './access.js';
import { $, api, busy, duration, h, on, say } from './api.js';

const MINUTES = 10;
let pairing = null; // the code shown
let before = new Set(); // ids of those who were in already
let ends = 0; // by this browser's clock: the device's may be off
let ticking = null;

const chosen = () => document.querySelector('[name=invite-role]:checked').value;

$('invite-roles').append(...[['labeller', 'Labels'], ['viewer', 'Looks'], ['admin', 'Runs it']].map(([role, word]) => h('label', { class: 'choice' },
  h('input', { type: 'radio', name: 'invite-role', value: role, checked: role === 'labeller' }),
  h('span', {}, h('b', {}, word), h('small', {}, `May ${MAY[role]}`)))));

$('invite-form').onsubmit = (event) => {
  event.preventDefault();
  busy($('invite-go'), make);
};

async function make() {
  before = new Set((await api('tokens')).items.map((token) => token.id));
  const name = $('invite-name').value.trim();
  pairing = await api('pairings', { method: 'POST', body: { role: chosen(), minutes: MINUTES, ...(name && { name }) } });
  ends = Date.now() + MINUTES * 60_000;
  show();
}

function show() {
  URL.revokeObjectURL($('invite-qr').src);
  $('invite-qr').src = URL.createObjectURL(new Blob([pairing.qr], { type: 'image/svg+xml' }));
  $('invite-title').textContent = pairing.name ? `Let ${pairing.name} in` : 'Let somebody in';
  $('invite-may').textContent = `Point the other phone’s camera at it. Who comes in may ${MAY[pairing.role]}.`;
  $('invite-code').textContent = pairing.code;
  $('invite-urls').replaceChildren(...(pairing.urls ?? [pairing.url]).map((url) => h('li', {}, h('code', {}, url.split('#')[0]))));
  $('invite-print').hidden = !pairing.fingerprint;
  $('invite-fingerprint').textContent = pairing.fingerprint ?? '';
  for (const id of ['invite-qr', 'invite-code']) $(id).classList.remove('over');
  $('invite-again').hidden = true;
  if (!$('invite').open) $('invite').showModal();
  clearInterval(ticking);
  ticking = setInterval(tick, 1000);
  tick();
}

function tick() {
  const left = Math.ceil((ends - Date.now()) / 1000);
  $('invite-left').textContent = left > 0 ? `Works once, for another ${duration(left)}` : 'This code has run out.';
  if (left > 0) return;
  clearInterval(ticking);
  for (const id of ['invite-qr', 'invite-code']) $(id).classList.add('over');
  $('invite-again').hidden = false;
}

/** Voids the code shown, if nobody used it. */
function forget(keepalive = false) {
  clearInterval(ticking);
  const { id } = pairing ?? {};
  pairing = null;
  if (id) api(`pairings/${id}`, { method: 'DELETE', keepalive }).catch((error) => { if (error.status !== 404 && error.status !== 401) say(`The code may still work until it runs out. ${error.message}`); });
}

/** Called with everybody who is in: somebody new has used the code. */
export function seen(tokens) {
  const guest = pairing && tokens.find((token) => token.via === 'pairing' && !before.has(token.id));
  if (!guest) return;
  pairing = null;
  $('invite').close();
  $('invite-name').value = '';
  say(`${guest.name ?? 'Somebody'} is in.`, 'info');
}

/** Nobody else reaches a device that listens to itself only. */
export function prepare() {
  $('invite-form').hidden = me?.tls === 'none';
  $('invite-none').hidden = me?.tls !== 'none';
}

export const open = () => $('invite').open;
export const close = () => $('invite').close();

$('invite').onclose = () => forget();
$('invite-close').onclick = close;
$('invite-again').onclick = () => busy($('invite-again'), make);
addEventListener('pagehide', () => forget(true));
on('locked', () => { pairing = null; close(); });
