// All devices, as the server hears of them: asked for once, then what changes. Only while somebody looks.
import { computed, signal } from '@preact/signals';
import { ApiError, ok, patiently, silence } from '../../api/client';
import { connected, locked, silent } from '../../api/link';
import { on, tell } from '../../api/news';
import { say } from '../../shell/banner';
import { server } from './client';
import { now, set } from './clock';
import type { Broker, Device, Devices } from './contract';

/** By id; null before the first answer. */
export const devices = signal<ReadonlyMap<string, Device> | null>(null);
export const broker = signal<Broker>({ connected: true, trouble: null, notes: [] });
/** When the server said last how things stand; null before that. By the server's clock, milliseconds. */
export const asOf = signal<number | null>(null);
/** Whether that is how things stand now: the server answers, and hears the broker. */
export const current = computed(() => connected.value && broker.value.connected);

/** Seconds that the server waits for a change; milliseconds between two questions, and until one counts as lost. */
const [WAIT, PAUSE, PATIENCE] = [25, 1_500, 35_000];
const LONGEST = 20_000;

let revision: number | null = null;

function take(answer: Devices): void {
  broker.value = answer.broker;
  asOf.value = now();
  revision = answer.revision;
  if (!answer.all && !answer.devices.length && !answer.gone.length && devices.peek()) return;
  const all = new Map(answer.all ? [] : devices.peek());
  for (const id of answer.gone) all.delete(id);
  for (const device of answer.devices) all.set(device.id, device);
  devices.value = all;
}

/** Whether the server may wait for something to change: at first, and where something failed, it is to answer at once. */
let patient = false;
/** Whether it is this question that failed, and not another one. */
let failed = false;

async function hear(): Promise<void> {
  const query = revision === null ? {} : { since: revision, ...(patient && { wait: WAIT }) };
  failed = false;
  const timed = async (request: Request) => {
    try {
      const response = await patiently(PATIENCE).fetch(request);
      set(response.headers.get('date'));
      return response;
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  take(await ok(server.GET('/api/v1/devices', { params: { query }, fetch: timed, signal: stop.signal })));
  patient = true;
  if (connected.peek()) return;
  silent.value = false;
  connected.value = true;
  tell('open');
}

let stop = new AbortController();

/** Asks now, not when the running question is answered. */
export function again(): void {
  stop.abort();
  stop = new AbortController();
}

const turn = (ms: number) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    stop.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });

const seen = () =>
  new Promise<void>((done) => {
    if (!document.hidden) return done();
    document.addEventListener('visibilitychange', () => done(), { once: true });
  });

/** Listens for good. */
export async function listen(): Promise<void> {
  for (let pause = PAUSE; ; ) {
    await seen();
    if (!locked.peek()) {
      const given = stop;
      try {
        await hear();
        pause = PAUSE;
      } catch (error) {
        // What was given up to ask anew says nothing.
        const answered = error instanceof ApiError && error.status > 0;
        if (answered || !given.signal.aborted) {
          silent.value = silence(error);
          patient = connected.value = false;
          // That it is silent is said by the list itself.
          if (!silence(error)) say(error);
          pause = Math.min(LONGEST, pause * 2);
        }
      }
    }
    await turn(pause);
  }
}

on('paired', again);
// It may be the server that did not answer, or a device through it: which it is, the next answer says.
on('silence', () => {
  if (failed || !connected.peek()) return;
  patient = false;
  again();
});
on('locked', () => {
  connected.value = false;
});
document.addEventListener('visibilitychange', () => document.hidden || again());
setInterval(() => {
  if (!document.hidden && connected.peek()) tell('poll');
}, 15_000);
