// What the first frame can do without: fetched once it is asked for, so that a slow link brings the picture first.
import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';

interface Rest {
  Below: FunctionComponent;
  NewCategory: FunctionComponent;
}
const rest = signal<Rest | null>(null);

/** Fetches it; without an answer the next wish tries again. */
export async function fetchRest(): Promise<void> {
  rest.value ??= await import('./rest').catch(() => null);
}

export function Below() {
  const there = rest.value;
  return there && <there.Below />;
}

export function NewCategory() {
  const there = rest.value;
  return there && <there.NewCategory />;
}
