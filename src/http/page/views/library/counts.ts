// How many frames there are of each phase.
import { signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';

export type Counts = components['schemas']['FrameCounts'];
export const counts = signal<Counts | null>(null);

export async function count(): Promise<void> {
  counts.value = await ok(device.GET('/api/v1/frames/counts'));
}
