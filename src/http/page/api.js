// Talking to the device: requests, its event stream (polling where that fails), and the message banner.

/** What the device refused, or that it could not be reached (`status` 0). */
export class ApiError extends Error {
  constructor(status, detail, body) {
    super(detail);
    this.status = status;
    this.body = body;
  }
}

/** Asks `api/v1/PATH`; resolves to the JSON body. Rejects with `ApiError`, `status` 0 when there was no answer. */
export async function api(path, { method = 'GET', body, timeout = 20000 } = {}) {
  let response, text;
  try {
    response = await fetch(`api/v1/${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
    });
    text = await response.text();
  } catch {
    throw new ApiError(0, 'The device does not answer. Is it on, and is this phone on its network?');
  }
  let json = null;
  try { json = text ? JSON.parse(text) : null; } catch { /* not JSON: the status says enough */ }
  if (!response.ok) throw new ApiError(response.status, json?.detail ?? json?.title ?? `The device answered ${response.status}.`, json);
  return json;
}

export const pictureUrl = (frame, width) => `api/v1/frames/${frame}.jpg${width ? `?width=${width}` : ''}`;

// ---- messages ----

const banner = document.getElementById('banner');

/** Shows a message (or an error's text) until it is dismissed or replaced. */
export function say(message, kind = 'error') {
  document.getElementById('banner-text').textContent = message?.message ?? message;
  banner.className = `banner ${kind}`;
  banner.hidden = false;
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
const NAMES = ['frame', 'labels', 'training', 'epoch', 'detections', 'deployed', 'fleet'];

/** Calls `f(data)` whenever the device tells of `name`; `poll` whenever it is time to ask instead; `open` on (re)connection. */
export function on(name, f) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(f);
}
function tell(name, data) {
  for (const f of listeners.get(name) ?? []) f(data);
}

let connected = false;
function link(up) {
  const dot = document.getElementById('link');
  dot.className = `dot ${up ? 'on' : 'off'}`;
  dot.setAttribute('aria-label', up ? 'Connected to the device' : 'Not connected: asking again');
  dot.title = dot.getAttribute('aria-label');
  if (up && !connected) tell('open');
  connected = up;
}

export function listen() {
  const stream = new EventSource('api/v1/events');
  stream.onopen = () => link(true);
  stream.onerror = () => {
    link(false);
    // The browser reconnects by itself, except after an answer that was no event stream.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
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
  if (!document.hidden && (!connected || ++ticks % 8 === 0)) tell('poll');
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
