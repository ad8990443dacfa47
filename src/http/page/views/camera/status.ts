// How the device is, as the camera view shows it.
import { batch, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { Model, Status } from '../../api/types';

export const status = signal<Status | null>(null);
/** Undefined before it is known, null where none is deployed. */
export const deployed = signal<Model | null | undefined>(undefined);
/** Why nothing newer is known. */
export const trouble = signal('');
/** Since when the camera is lost; null where it is not, or that is not known. */
export const lostSince = signal<string | null>(null);

export async function refresh(): Promise<void> {
  try {
    const [fresh, models] = await Promise.all([
      ok(device.GET('/api/v1/status')),
      ok(device.GET('/api/v1/models', { params: { query: { limit: 20 } } })),
    ]);
    const lost = fresh.camera.state === 'lost' ? await lastLoss() : null;
    batch(() => {
      status.value = fresh;
      deployed.value = models.items.find((model) => model.deployed) ?? null;
      lostSince.value = lost;
      trouble.value = '';
    });
  } catch (error) {
    // Said where the state stands, not in the banner: it is asked for again and again.
    trouble.value = error instanceof Error ? error.message : String(error);
  }
}

/** When the camera was lost last, by the device's own log. */
async function lastLoss(): Promise<string | null> {
  const params = { query: { kind: 'camera_lost' as const, limit: 1 } };
  const { items } = await ok(device.GET('/api/v1/log', { params }));
  return items[0]?.time ?? null;
}
