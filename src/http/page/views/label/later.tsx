// What the first frame can do without: fetched once it is asked for, so that a slow link brings the picture first.
import { signal } from '@preact/signals';
import { styled } from '../../shell/styles';

type Rest = typeof import('./rest').labelRest;
const rest = signal<Rest | null>(null);

/** Fetches it; without an answer the next wish tries again. */
export async function fetchRest(): Promise<void> {
  if (rest.peek()) return;
  const [there] = await Promise.all([import('../others').catch(() => null), styled()]);
  rest.value = there?.labelRest ?? null;
}

export function Later({ part }: { part: keyof Rest }) {
  const Part = rest.value?.[part];
  return Part ? <Part /> : null;
}
