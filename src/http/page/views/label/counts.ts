// How many frames there are of each phase.
import { computed, signal } from '@preact/signals';
import { can } from '../../api/access';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';
import { waiting } from '../../offline/drafts';
import { goal } from './state';

export const phases = signal<components['schemas']['PhaseCounts'] | null>(null);

/** Frames that are still to be done, but for those that were saved here. */
export const left = computed(() => {
  const there = phases.value?.[goal.value];
  return there === undefined ? null : Math.max(0, there - waiting.value.length);
});

let due: ReturnType<typeof setTimeout> | undefined;
/** Asks soon: what others do comes in swarms. */
export function countSoon(): void {
  clearTimeout(due);
  due = setTimeout(() => void count(), 150);
}

async function count(): Promise<void> {
  if (!can('labeller')) return;
  try {
    phases.value = (await ok(device.GET('/api/v1/frames/counts'))).phases;
  } catch {
    // The number can wait.
  }
}
