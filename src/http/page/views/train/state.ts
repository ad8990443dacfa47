// Trainings and models as last heard, and what happens to them.
import { batch, computed, signal } from '@preact/signals';
import { loadCategories } from '../../api/categories';
import { device, ok } from '../../api/client';
import type { Model, Training } from '../../api/types';
import { say } from '../../shell/banner';
import { words } from '../../words';

/** Newest first; null before they are known. */
export const trainings = signal<Training[] | null>(null);
export const models = signal<Model[] | null>(null);
/** Frames with labels; null before that is known. */
export const labelled = signal<number | null>(null);
/** The training that ended last while this was watched. */
export const ended = signal<Training | null>(null);

export const over = ({ state }: Training): boolean => state === 'done' || state === 'failed' || state === 'cancelled';
export const best = (training: Training): number => Math.max(0, ...training.experiments.map((x) => x.metrics.ap50));

/** The training that runs, else the one that runs next. */
export const running = computed(() => {
  const open = (trainings.value ?? []).filter((training) => !over(training));
  return open.find((training) => training.state !== 'queued') ?? open[0];
});

export async function refresh(): Promise<void> {
  const query = { limit: 50 };
  const [status, runs, made] = await Promise.all([
    ok(device.GET('/api/v1/status')),
    ok(device.GET('/api/v1/trainings', { params: { query } })),
    ok(device.GET('/api/v1/models', { params: { query } })),
    loadCategories(),
  ]);
  batch(() => {
    trainings.value = runs.items;
    models.value = made.items;
    labelled.value = status.store.labelled;
  });
}

/** A training's newest record. */
export function take(training: Training): void {
  const known = trainings.value ?? [];
  const before = known.find(({ id }) => id === training.id);
  trainings.value = before ? known.map((one) => (one === before ? training : one)) : [training, ...known];
  if (!before || over(before) || !over(training)) return;
  ended.value = training;
  if (training.state === 'failed') say(training.error ?? words.train.failed);
  else if (training.verdict) say(training.verdict, 'info');
}
