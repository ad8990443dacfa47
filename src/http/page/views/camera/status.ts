// How the device is, as the camera view shows it.
import { batch, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { Model, Status, Training } from '../../api/types';

export const status = signal<Status | null>(null);
/** Undefined before it is known, null where none is deployed. */
export const deployed = signal<Model | null | undefined>(undefined);
/** Whether there are models, though none is live. */
export const kept = signal(false);
/** What the deployed one finds, by the training that made it; null where that is not known. */
export const maker = signal<Training | null>(null);
/** Why nothing newer is known. */
export const trouble = signal('');

export async function refresh(): Promise<void> {
  try {
    const [fresh, models] = await Promise.all([
      ok(device.GET('/api/v1/status')),
      ok(device.GET('/api/v1/models', { params: { query: { limit: 1 } } })),
    ]);
    const id = fresh.model?.id;
    // It may lie behind many newer ones, so it is asked for by its name.
    const shown = id ? await ok(device.GET('/api/v1/models/{id}', { params: { path: { id } } })) : null;
    if (shown && maker.peek()?.winner !== shown.id) maker.value = await makerOf(shown);
    batch(() => {
      status.value = fresh;
      deployed.value = shown;
      kept.value = models.items.length > 0;
      trouble.value = '';
    });
  } catch (error) {
    // Said where the state stands, not in the banner: it is asked for again and again.
    trouble.value = error instanceof Error ? error.message : String(error);
  }
}

const makerOf = ({ training: id }: Model): Promise<Training | null> =>
  ok(device.GET('/api/v1/trainings/{id}', { params: { path: { id } } })).catch(() => null); // it may be deleted
