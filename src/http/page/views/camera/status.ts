// How the device is, as the camera view shows it.
import { batch, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { Detections, Model, Status } from '../../api/types';

export const status = signal<Status | null>(null);
/** Undefined before it is known, null where none is deployed. */
export const deployed = signal<Model | null | undefined>(undefined);
/** Why nothing newer is known. */
export const trouble = signal('');
/** What the model saw last. */
export const seen = signal<Detections | null>(null);

export async function refresh(): Promise<void> {
  try {
    const [fresh, models] = await Promise.all([
      ok(device.GET('/api/v1/status')),
      ok(device.GET('/api/v1/models', { params: { query: { limit: 20 } } })),
    ]);
    batch(() => {
      status.value = fresh;
      deployed.value = models.items.find((model) => model.deployed) ?? null;
      trouble.value = '';
      if (!deployed.value) seen.value = null;
    });
  } catch (error) {
    // Said where the state stands, not in the banner: it is asked for again and again.
    trouble.value = error instanceof Error ? error.message : String(error);
  }
}
