// The device's event stream; where that fails, the time to ask instead.
import { signal } from '@preact/signals';
import { device, HOME, ok } from './client';
import { type News, on, tell } from './news';

/** Whether the device is heard. */
export const connected = signal(false);
/** Whether it is known not to answer: it was asked, or it was heard before. */
export const silent = signal(false);
/** Nobody here is paired: nothing is asked until somebody is. */
export const locked = signal(false);

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

let stream: EventSource | null = null;

function link(up: boolean): void {
  const news = up && !connected.value;
  connected.value = up;
  if (news) tell('open');
}

on('locked', () => {
  locked.value = true;
  stream?.close();
  link(false);
});

// A device that hangs, or a network that swallows everything, leaves the stream open: what is asked tells.
on('silence', () => {
  silent.value = true;
  link(false);
});
on('answer', () => {
  silent.value = false;
  if (stream?.readyState === EventSource.OPEN && !locked.peek()) link(true);
});

/** Listens (again), now that the device knows who asks. */
export function listen(): void {
  locked.value = false;
  stream?.close();
  const own = new EventSource(`${HOME}api/v1/events`);
  stream = own;
  own.onopen = () => link(true);
  own.onerror = () => {
    if (own !== stream) return;
    const closed = own.readyState === EventSource.CLOSED;
    // A stream does not say why it ended; asking does, and nothing is retried after a 401.
    if (connected.value || closed) ok(device.GET('/api/v1/me')).catch(() => {});
    link(false);
    tell('silence');
    // The browser reconnects by itself, except after an answer that was no event stream.
    if (closed) setTimeout(() => own === stream && !locked.value && listen(), PAUSE);
  };
  for (const name of NAMES) {
    own.addEventListener(name, (event: MessageEvent<string>) => {
      let news: unknown;
      try {
        news = JSON.parse(event.data);
      } catch {
        return;
      }
      (tell as (kind: keyof News, news: unknown) => void)(name, news);
    });
  }
}

/** Asks whether the device is there again, where no stream will say so. */
function knock(): void {
  if (!connected.value && stream?.readyState === EventSource.OPEN) ok(device.GET('/api/v1/me')).catch(() => {});
}

// Without a stream ask every 2 s; with one, every 16 s, for what no event tells of.
let ticks = 0;
setInterval(() => {
  ticks += 1;
  if (!locked.value) knock();
  if (!document.hidden && !locked.value && (!connected.value || ticks % 8 === 0)) tell('poll');
}, 2_000);
