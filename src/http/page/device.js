// The device: who one is on it, who else is in, and what they did.
import { MAY, can, me } from './access.js';
import { $, api, busy, h, on, say, when } from './api.js';
import { explain } from './certificate.js';
import { close, open, prepare, seen } from './invite.js';

let here = false;
let removing = null; // id of the token asked about
let entries = [];
let next = null;

export function enter() {
  here = true;
  removing = null;
  who();
  prepare();
  explain($('device-certificate'), { again: true });
  refresh();
}
export function leave() {
  here = false;
  close();
}

function who() {
  if (!me) return;
  const local = !me.token;
  $('who').textContent = local ? 'You sit at the device itself' : me.name ?? 'You';
  $('who-may').textContent = `${local ? 'Who reaches it from there, or through a tunnel, ' : 'You '}may ${MAY[me.role]}.`;
}

async function refresh() {
  if (!here || !can('admin')) return;
  try {
    const [tokens, audit] = await Promise.all([api('tokens'), api('audit?limit=20')]);
    seen(tokens.items);
    people(tokens.items);
    // More may be shown already: what is new goes on top.
    const known = new Set(entries.map((entry) => entry.id));
    const fresh = audit.items.filter((entry) => !known.has(entry.id));
    if (!known.size || fresh.length === audit.items.length) ({ items: entries, next } = audit);
    else entries = [...fresh, ...entries];
    deeds();
  } catch (error) { say(error); }
}

// ---- who is in ----

const ago = (time) => (time ? `last here ${when(time)}` : 'not here yet');

let drawn = '';
function people(tokens) {
  const wanted = JSON.stringify([tokens, removing, me]);
  if (wanted === drawn) return; // a focus stays where it is
  drawn = wanted;
  const rows = tokens.map((token) => (token.id === removing ? question(token) : row(token)));
  $('people').replaceChildren(...(rows.length ? rows : [h('li', { class: 'empty-row' }, 'Nobody yet.')]));
  $('people').querySelector('.question button')?.focus(); // the harmless one
}
const called = (token) => token.name ?? 'Somebody';

function row(token) {
  return h('li', { 'data-token': token.id },
    h('span', { class: 'main' }, called(token), token.id === me?.token && h('span', { class: 'badge good' }, 'you'),
      h('small', {}, [token.via === 'command' ? 'for a program' : null, ago(token.seen)].filter(Boolean).join(' · '))),
    h('span', { class: 'badge' }, token.role),
    h('button', { class: 'icon', 'aria-label': `Remove ${called(token)}`, onclick: () => { removing = token.id; refresh(); } }, bin()));
}
function question(token) {
  const own = token.id === me?.token;
  return h('li', { class: 'question', 'data-token': token.id },
    h('span', { class: 'main' }, own ? 'Remove yourself? You will need a new code.' : `Remove ${called(token)}? It is out at once.`),
    h('button', { onclick: () => { removing = null; refresh(); } }, 'Keep'),
    h('button', { class: 'danger', onclick: (event) => busy(event.target, async () => {
      await api(`tokens/${token.id}`, { method: 'DELETE' });
      removing = null;
      await refresh();
    }) }, 'Remove'));
}
function bin() {
  return $('delete').querySelector('svg').cloneNode(true);
}

// ---- what they did ----

function deeds() {
  $('audit').replaceChildren(...(entries.length ? entries.map((entry) => h('li', {},
    h('span', { class: 'main' }, [entry.what, entry.about].filter(Boolean).join(': '), h('small', {}, [entry.who, entry.role !== entry.who && entry.role, entry.address].filter(Boolean).join(' · '))),
    h('span', { class: 'side' }, h('small', {}, when(entry.time))))) : [h('li', { class: 'empty-row' }, 'Nothing yet.')]));
  $('audit-more').hidden = !next;
}
$('audit-more').onclick = () => busy($('audit-more'), async () => {
  const older = await api(`audit?limit=50&before=${encodeURIComponent(next)}`);
  entries = [...entries, ...older.items];
  ({ next } = older);
  deeds();
});

let due = null;
on('audit', () => { due ??= setTimeout(() => { due = null; refresh(); }, 300); });
on('poll', () => { if (!removing || open()) refresh(); });
on('open', refresh);
