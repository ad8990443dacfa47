// The badge on the tab Train: a training runs or waits; else one is over and nobody has looked.
import { computed, effect, signal } from '@preact/signals';
import { device, HOME, ok } from '../api/client';
import { on } from '../api/news';
import type { Training } from '../api/types';
import { tab } from './route';

// Under a proxy several devices share a browser's storage; the path tells them apart.
const KEY = `fieldcoach.seen-training:${HOME}`;

const open = signal<ReadonlySet<string>>(new Set());
/** When the last one came to its end, by the device's clock; empty where none has. */
const newest = signal('');
/** Up to when somebody has looked; null in a browser that is here for the first time. */
const seen = signal(read());

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const badge = computed(() => {
  if (open.value.size > 0) return 'runs';
  return seen.value !== null && newest.value > seen.value ? 'over' : undefined;
});

function look(): void {
  if (newest.value === seen.peek()) return;
  seen.value = newest.value;
  try {
    localStorage.setItem(KEY, newest.value);
  } catch {
    // then it is told once more at the next visit
  }
}
effect(() => {
  if (tab.value === 'train' && newest.value > (seen.value ?? '')) look();
});

/** What is known of these trainings now. */
export function heard(trainings: Training[]): void {
  const still = new Set(open.peek());
  for (const { id, state, finished } of trainings) {
    if (state !== 'done' && state !== 'failed' && state !== 'cancelled') still.add(id);
    else still.delete(id);
    if (finished && state !== 'cancelled' && finished > newest.peek()) newest.value = finished;
  }
  open.value = still;
  // Whoever is here for the first time is not told of what was before.
  if (seen.peek() === null) look();
}

on('training', (training) => heard([training]));
on('open', () => {
  ok(device.GET('/api/v1/trainings', { params: { query: { limit: 5 } } })).then(
    ({ items }) => heard(items),
    () => {}, // the next event says it
  );
});
