// Devices that were chosen for an order.
import { computed, signal } from '@preact/signals';
import { devices } from '../api/fleet';

/** Null while nobody chooses. */
export const chosen = signal<ReadonlySet<string> | null>(null);

/** Those that are still there. */
export const chosenNow = computed(() => [...(chosen.value ?? [])].filter((id) => devices.value?.has(id)));

export function toggle(id: string): void {
  const all = new Set(chosen.peek());
  if (!all.delete(id)) all.add(id);
  chosen.value = all;
}
