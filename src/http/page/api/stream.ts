// The device's event stream; where that fails, the time to ask instead.
import { device, HOME, ok } from './client';
import { connected, locked, silent } from './link';
import { type News, on, tell } from './news';

const NAMES = [
  'frame',
  'labels',
  'training',
  'epoch',
  'detections',
  'deployed',
  'fleet',
  'audit',
  'categories',
  'watch',
  'deleted',
  'restored',
] as const;
/** Milliseconds until a stream that is closed for good is tried again. */
const PAUSE = 5_000;

/** One stream for all tabs of a browser, which opens six at most: the tab that holds this lock listens, and tells the others. */
const SHARED = `${HOME}events`;
const tabs = new BroadcastChannel(SHARED);
/** A kind of news with its data; `open` and `silence` are how the stream is. */
type Told = [kind: keyof News, data?: string];

let stream: EventSource | null = null;
/** Whether the stream is there, whichever tab it is in. */
let up = false;
/** Ends waiting for the lock. */
let waits: AbortController | null = null;

function hear([kind, data]: Told): void {
  if (kind === 'open') up = connected.value = true;
  if (kind === 'silence') up = false;
  (tell as (kind: keyof News, news: unknown) => void)(kind, data && JSON.parse(data));
}
tabs.onmessage = ({ data }) => locked.peek() || hear(data);
function say(...told: Told): void {
  tabs.postMessage(told);
  hear(told);
}

function close(): void {
  stream?.close();
  stream = null;
}

on('locked', () => {
  locked.value = true;
  connected.value = false;
  close();
});

// A device that hangs, or a network that swallows everything, leaves the stream open: what is asked tells.
on('silence', () => {
  silent.value = true;
  connected.value = false;
});
on('answer', () => {
  silent.value = false;
  if (!up || locked.peek() || connected.value) return;
  connected.value = true;
  tell('open');
});

/** Takes the lock, from whoever has it or when that one goes. A tab that nobody sees may be put to sleep by the browser. */
function lead(steal: boolean): void {
  waits?.abort();
  waits = steal ? null : new AbortController();
  let led = false;
  const how = waits ? { signal: waits.signal } : { steal };
  navigator.locks
    .request(SHARED, how, () => {
      led = true;
      open();
      return new Promise(() => {});
    })
    .catch(() => {
      // Another tab took it.
      if (led) close();
      if (led) lead(false);
    });
}

/** Listens (again), now that the device knows who asks. */
export function listen(): void {
  locked.value = false;
  lead(!document.hidden);
}
addEventListener('visibilitychange', () => document.hidden || stream || locked.value || lead(true));

function open(): void {
  close();
  const own = new EventSource(`${HOME}api/v1/events`);
  stream = own;
  own.onopen = () => say('open');
  own.onerror = () => {
    if (own !== stream) return;
    const closed = own.readyState === EventSource.CLOSED;
    // A stream does not say why it ended; asking does, and nothing is retried after a 401.
    if (connected.value || closed) ok(device.GET('/api/v1/me')).catch(() => {});
    say('silence');
    // The browser reconnects by itself, except after an answer that was no event stream.
    if (closed) setTimeout(() => own === stream && open(), PAUSE);
  };
  for (const name of NAMES) own.addEventListener(name, (event: MessageEvent<string>) => say(name, event.data));
}

/** Asks whether the device is there again, where no stream will say so. */
function knock(): void {
  if (!connected.value && up) ok(device.GET('/api/v1/me')).catch(() => {});
}

// Without a stream ask every 2 s; with one, every 16 s, for what no event tells of.
let ticks = 0;
setInterval(() => {
  ticks += 1;
  if (!locked.value) knock();
  if (!document.hidden && !locked.value && (!connected.value || ticks % 8 === 0)) tell('poll');
}, 2_000);
