// How the device is, as the camera view shows it.
import { batch, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { Model, Status, Training } from '../../api/types';

export interface Known {
  model: Model;
  maker: Training | null;
}

export const status = signal<Status | null>(null);
/** Whether there are models, though none is live. */
export const kept = signal(false);
/** Models that look at a camera, by their ids: each with the training that made it, where that is known. */
export const known = signal<ReadonlyMap<string, Known>>(new Map());
/** Why nothing newer is known. */
export const trouble = signal('');

export async function refresh(): Promise<void> {
  try {
    const [fresh, models] = await Promise.all([
      ok(device.GET('/api/v1/status')),
      ok(device.GET('/api/v1/models', { params: { query: { limit: 1 } } })),
    ]);
    const ids = new Set([fresh.model?.id, ...fresh.live.cameras.map(({ model }) => model)]);
    const shown = await Promise.all([...ids].map((id) => id && look(id)));
    batch(() => {
      status.value = fresh;
      known.value = new Map(shown.flatMap((one) => (one ? [[one.model.id, one]] : [])));
      kept.value = models.items.length > 0;
      trouble.value = '';
    });
  } catch (error) {
    // Said where the state stands, not in the banner: it is asked for again and again.
    trouble.value = error instanceof Error ? error.message : String(error);
  }
}

/** It may lie behind many newer ones, so it is asked for by its name; it may be deleted. */
const look = (id: string): Promise<Known | null> =>
  ok(device.GET('/api/v1/models/{id}', { params: { path: { id } } }))
    .then(async (model) => ({ model, maker: known.peek().get(id)?.maker ?? (await makerOf(model)) }))
    .catch(() => null);

const makerOf = ({ training: id }: Model): Promise<Training | null> =>
  ok(device.GET('/api/v1/trainings/{id}', { params: { path: { id } } })).catch(() => null); // it may be deleted
