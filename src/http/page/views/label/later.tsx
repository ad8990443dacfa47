// What the first frame can do without: fetched once it is asked for, so that a slow link brings the picture first.
import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { styled } from '../../shell/styles';

interface Rest {
  Below: FunctionComponent;
  NewCategory: FunctionComponent;
}
const rest = signal<Rest | null>(null);

/** Fetches it; without an answer the next wish tries again. */
export async function fetchRest(): Promise<void> {
  if (rest.peek()) return;
  const [there] = await Promise.all([import('./rest').catch(() => null), styled()]);
  rest.value = there;
}

export function Below() {
  const there = rest.value;
  return there && <there.Below />;
}

export function NewCategory() {
  const there = rest.value;
  return there && <there.NewCategory />;
}
