// Trainings and models as last heard.
import { batch, computed, signal } from '@preact/signals';
import { loadCategories } from '../../api/categories';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { Model, Training } from '../../api/types';
import { heard } from '../../shell/badge';
import { drawOn, type Lines, onward, over } from './course';

/** Newest first; null before they are known. */
export const trainings = signal<Training[] | null>(null);
export const models = signal<Model[] | null>(null);
/** Frames with labels; null before that is known. */
export const labelled = signal<number | null>(null);
/** The ids of the cameras. */
export const cameras = signal<string[]>([]);
/** The training that ended last while this was watched. */
export const ended = signal<Training | null>(null);
/** The lines of each training that was seen to run, by its id. */
export const courses = signal<ReadonlyMap<string, Lines>>(new Map());
/** When a record came in, by this browser's clock, in milliseconds. */
export const heardAt = signal<ReadonlyMap<string, number>>(new Map());

export const best = (training: Training): number => Math.max(0, ...training.experiments.map((x) => x.metrics.ap50));

const open = computed(() => (trainings.value ?? []).filter((training) => !over(training)).reverse());
/** The training that runs, else the one that runs next. */
export const running = computed(() => open.value.find((training) => training.state !== 'queued') ?? open.value[0]);
/** Those that wait behind it, the next one first. */
export const queue = computed(() => open.value.filter((training) => training !== running.value));
/** The training that came to its end last, well or not. */
export const last = computed(() => {
  const ends = (trainings.value ?? []).filter(({ state }) => state === 'done' || state === 'failed');
  return ends.sort((a, b) => (b.finished ?? '').localeCompare(a.finished ?? ''))[0];
});
export const live = computed(() => models.value?.find((model) => model.deployed));

export async function refresh(): Promise<void> {
  const query = { limit: 50 };
  const [status, runs, made] = await Promise.all([
    ok(device.GET('/api/v1/status')),
    ok(device.GET('/api/v1/trainings', { params: { query } })),
    ok(device.GET('/api/v1/models', { params: { query } })),
    loadCategories(),
  ]);
  batch(() => {
    const known = new Map(trainings.value?.map((training) => [training.id, training]));
    trainings.value = runs.items.map((training) => onward(known.get(training.id), training));
    models.value = made.items;
    labelled.value = status.store.labelled;
    cameras.value = status.cameras.map(({ id }) => id);
    for (const training of runs.items) if (!over(training)) remember(training);
  });
  heard(runs.items);
}

function remember(training: Training): void {
  const lines = drawOn(courses.value.get(training.id) ?? new Map(), training.experiments);
  courses.value = new Map(courses.value).set(training.id, lines);
  heardAt.value = new Map(heardAt.value).set(training.id, performance.now());
}

/** A training's newest record. */
export function take(training: Training): void {
  batch(() => {
    const known = trainings.value ?? [];
    const before = known.find(({ id }) => id === training.id);
    const now = onward(before, training);
    trainings.value = before ? known.map((one) => (one === before ? now : one)) : [now, ...known];
    remember(training);
    if (before && !over(before) && over(training)) ended.value = now;
  });
}

// Also while another view is shown: the lines would have gaps.
on('training', (training) => {
  if (trainings.peek()) take(training);
});
