// How many frames there are of each phase.
import { signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';

export type Counts = components['schemas']['FrameCounts'];
export const counts = signal<Counts | null>(null);

/** The ids of the cameras; none where there is but one. */
export const cameras = signal<string[]>([]);

export async function count(): Promise<void> {
  const [counted, all] = await Promise.all([
    ok(device.GET('/api/v1/frames/counts')),
    ok(device.GET('/api/v1/cameras')),
  ]);
  counts.value = counted;
  cameras.value = all.items.length > 1 ? all.items.map(({ id }) => id) : [];
}
