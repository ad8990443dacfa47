// Pairing: a code from somebody who is in already lets this browser in.
import { MAY, learn, me } from './access.js';
import { $, api, lasting, on, tell } from './api.js';
import { dismissed, explain, untrusted } from './certificate.js';

// ---- where one was when the device asked for a code; scanning one may open another tab ----

const PLACE = `fieldcoach.place:${location.pathname}`;
const HOUR = 3_600_000;
export function keepPlace(hash) {
  try { localStorage.setItem(PLACE, JSON.stringify({ hash, at: Date.now(), device: me?.device })); } catch { /* then the camera it is */ }
}
function takePlace() {
  try {
    const { hash, at, device } = JSON.parse(localStorage.getItem(PLACE)) ?? {};
    localStorage.removeItem(PLACE);
    return Date.now() - at < HOUR && device === me.device ? hash : '';
  } catch { return ''; }
}

// ---- the view ----

export function enter(code) {
  form(true);
  complain('');
  explain($('pair-certificate'));
  if (!code) {
    lead();
    return;
  }
  // The code is used up in a moment: it has no business in the address or the history.
  history.replaceState(null, '', '#/pair');
  $('pair-code').value = code;
  checkIn();
}
export function leave() {
  $('pair-code').value = '';
}

function lead() {
  const stranger = !me || document.body.classList.contains('locked');
  $('pair-lead').textContent = stranger ? 'This device answers only to those it knows.' : `You are in, and may ${MAY[me.role]}. Another code changes that.`;
}

function form(yes) {
  $('pair-title').textContent = yes ? 'Pair with this device' : 'You are in';
  $('pair-form').hidden = !yes;
  $('pair-help').hidden = !yes;
  $('pair-done').hidden = yes;
}
const complain = (text) => { $('pair-error').textContent = text; };

/** A code as it was meant: case, spaces and hyphens do not matter, and some letters look like digits. */
const meant = (text) => text.toUpperCase().replace(/[^0-9A-Z]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');

async function checkIn() {
  const code = meant($('pair-code').value);
  if (code.length !== 8) {
    complain('A code has eight letters and digits, such as K7QF-3M9T.');
    $('pair-code').focus();
    return;
  }
  complain('');
  $('pair-lead').textContent = 'Checking in …';
  $('pair-go').disabled = true;
  try {
    await api('pair', { method: 'POST', body: { code: `${code.slice(0, 4)}-${code.slice(4)}`, name: guess() } });
    $('pair-code').value = '';
    await learn();
    await goOn();
  } catch (error) { refused(error); }
  $('pair-go').disabled = Boolean(blocked);
}

/** Where to, for one who is in. */
export async function goOn() {
  tell('paired');
  const place = takePlace();
  // At first contact the browser has just warned: now is the time to say why. Else straight on.
  if (place || dismissed() || !(await untrusted())) {
    location.replace(place || '#/camera');
    return;
  }
  form(false);
  $('pair-lead').textContent = `You may ${MAY[me.role]}.`;
  explain($('pair-certificate'));
}

let blocked = null; // the timer of a wait
function refused(error) {
  lead();
  // One who was in before still is.
  learn().then(() => { tell('paired'); lead(); }, () => {});
  if (error.status === 403) complain('This code does not work: it may be mistyped, used already, or too old. A code works once, and for some minutes. Ask for a new one.');
  else if (error.status === 429) wait(Date.now() + (error.wait || 60) * 1000);
  else complain(error.message);
}
function wait(until) {
  clearTimeout(blocked);
  const seconds = Math.ceil((until - Date.now()) / 1000);
  blocked = seconds > 0 ? setTimeout(wait, 1000, until) : null;
  $('pair-go').disabled = Boolean(blocked);
  complain(blocked ? `Too many wrong codes were tried. The device takes the next one in ${lasting(seconds)}.` : '');
}

/** What this is, for the list of who is in. */
function guess() {
  const agent = navigator.userAgent;
  if (/iPhone/.test(agent)) return 'iPhone';
  if (/iPad/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) return 'iPad';
  if (/Android/.test(agent)) return /Mobile/.test(agent) ? 'Android phone' : 'Android tablet';
  const kind = ['Windows', 'Macintosh', 'CrOS', 'Linux'].find((name) => agent.includes(name));
  return { Windows: 'Windows computer', Macintosh: 'Mac', CrOS: 'Chromebook', Linux: 'Linux computer' }[kind] ?? 'Browser';
}

$('pair-form').onsubmit = (event) => {
  event.preventDefault();
  if (!blocked) checkIn();
};
on('me', () => { if (!$('pair').hidden) explain($('pair-certificate')); });
