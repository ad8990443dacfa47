// Talking to the device: requests, its event stream (polling where that fails), and the message banner.

/** What the device refused, or that it could not be reached (`status` 0). `wait`: seconds until it may be asked again. */
export class ApiError extends Error {
  constructor(status, detail, wait = 0) {
    super(detail);
    this.status = status;
    this.wait = wait;
  }
}

/** Whether the same request may do later: no answer, a fault, too many at once, or access that can come back. */
export const passing = ({ status }) => status === 0 || status >= 500 || [401, 403, 429].includes(status);

/** Asks `api/v1/PATH`; resolves to the JSON body. Rejects with `ApiError`, `status` 0 when there was no answer. */
export async function api(path, { method = 'GET', body, timeout = 20000, keepalive = false } = {}) {
  let response, text;
  try {
    response = await fetch(`api/v1/${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
      keepalive,
    });
    text = await response.text();
  } catch {
    tell('silence');
    throw new ApiError(0, 'The device does not answer. Is it on, and is this phone on its network?');
  }
  let json = null;
  try { json = text ? JSON.parse(text) : null; } catch { /* not JSON: the status says enough */ }
  if (response.ok) return json;
  if (response.status === 401) lock();
  if (response.status === 403 && path !== 'pair') tell('forbidden');
  const wait = Number(response.headers.get('retry-after')) || 0;
  throw new ApiError(response.status, json?.detail ?? json?.title ?? `The device answered ${response.status}.`, wait);
}

export const pictureUrl = (frame, width) => `api/v1/frames/${frame}.jpg${width ? `?width=${width}` : ''}`;

// ---- messages ----

const banner = document.getElementById('banner');

/** Shows a message (or an error's text) until it is dismissed or replaced. */
export function say(message, kind = 'error') {
  if (message?.status === 401) return; // the pair view says it
  document.getElementById('banner-text').textContent = words(message);
  banner.className = `banner ${kind}`;
  banner.hidden = false;
}
function words(message) {
  if (message?.status === 403) return `You may not do this here: ${message.message}`;
  if (message?.status === 429) return `That was too much at once.${message.wait ? ` Try again in ${lasting(message.wait)}.` : ''}`;
  return message?.message ?? message;
}
export const hush = () => { banner.hidden = true; };
document.getElementById('banner-close').onclick = hush;

/** Runs a task for a button: disabled meanwhile, errors in the banner. */
export async function busy(button, task) {
  button.disabled = true;
  try { return await task(); } catch (error) { say(error); } finally { button.disabled = false; }
}

// ---- events ----

const listeners = new Map();
const NAMES = ['frame', 'labels', 'training', 'epoch', 'detections', 'deployed', 'watch', 'fleet', 'audit'];

/**
 * Calls `f(data)` whenever the device tells of `name`; `poll` whenever it is time to ask instead; `open` on (re)connection;
 * `silence` when it does not answer; `locked` when it no longer knows who asks; `forbidden` when that one may not.
 */
export function on(name, f) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(f);
}
export function tell(name, data) {
  for (const f of listeners.get(name) ?? []) f(data);
}

let connected = false;
let locked = false; // nobody here is paired: nothing is asked until somebody is
let stream = null;

function link(up) {
  const dot = document.getElementById('link');
  dot.className = `dot ${up ? 'on' : 'off'}`;
  dot.setAttribute('aria-label', up ? 'Connected to the device' : locked ? 'Not paired with the device' : 'Not connected: asking again');
  dot.title = dot.getAttribute('aria-label');
  const news = up && !connected;
  connected = up;
  if (news) tell('open');
}

function lock() {
  if (locked) return;
  locked = true;
  stream?.close();
  link(false);
  tell('locked');
}

/** Listens (again), now that the device knows who asks. */
export function listen() {
  locked = false;
  stream?.close();
  stream = new EventSource('api/v1/events');
  const own = stream;
  stream.onopen = () => link(true);
  stream.onerror = () => {
    if (own !== stream) return;
    const closed = own.readyState === EventSource.CLOSED;
    // A stream does not say why it ended; asking does, and nothing is retried after a 401.
    if (connected || closed) api('me').catch(() => {});
    link(false);
    tell('silence');
    // The browser reconnects by itself, except after an answer that was no event stream.
    if (closed) setTimeout(() => { if (own === stream && !locked) listen(); }, 5000);
  };
  for (const name of NAMES) {
    stream.addEventListener(name, (event) => {
      let data = null;
      try { data = JSON.parse(event.data); } catch { return; }
      tell(name, data);
    });
  }
}
// Without a stream ask every 2 s; with one, every 15 s, for what no event tells of.
let ticks = 0;
setInterval(() => {
  if (!document.hidden && !locked && (!connected || ++ticks % 8 === 0)) tell('poll');
}, 2000);

// ---- small helpers for the page ----

export const $ = (id) => document.getElementById(id);

/** An element: `h('li', {class: 'x', onclick}, child, 'text')`; falsy children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element[name] = value;
    else if (name === 'colour') element.style.setProperty('--c', value);
    else if (name === 'share') element.style.width = `${Math.max(0, Math.min(1, value)) * 100}%`;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child || child === 0));
  return element;
}

export const percent = (value) => `${Math.round((value ?? 0) * 100)}`;
/** A metric or a score, as the device writes it everywhere else. */
export const score = (value) => (value ?? 0).toFixed(2);
export const plural = (n, word, many = `${word}s`) => `${n} ${n === 1 ? word : many}`;
export const bytes = (n) => (n >= 1e9 ? `${(n / 1e9).toFixed(1)} GB` : `${Math.round(n / 1e6)} MB`);
/** A wait in words. */
export const lasting = (seconds) => (seconds < 90 ? plural(Math.max(1, Math.round(seconds)), 'second') : plural(Math.round(seconds / 60), 'minute'));
export function when(time) {
  const date = new Date(time);
  const today = new Date().toDateString() === date.toDateString();
  return date.toLocaleString([], today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
}
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
