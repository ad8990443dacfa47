// Whether the form for a new category is open, and the search for one.
import { signal } from '@preact/signals';

export const formOpen = signal(false);
/** Counts how often it was asked for: it takes the focus each time. */
export const formAsked = signal(0);

export function openForm(): void {
  formOpen.value = true;
  formAsked.value += 1;
}

export const findOpen = signal(false);
export function finding(yes: boolean): void {
  findOpen.value = yes;
}
