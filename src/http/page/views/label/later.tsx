// What the first frame can do without: fetched once it is asked for, so that a slow link brings the picture first.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { styled } from '../../shell/styles';

type Rest = typeof import('./rest').labelRest;
const rest = signal<Rest | null>(null);

/** Fetches it; without an answer the next wish tries again. */
export async function fetchRest(): Promise<void> {
  if (rest.peek()) return;
  const [there] = await Promise.all([import('../others').catch(() => null), styled()]);
  rest.value = there?.labelRest ?? null;
}

/** `instead`: what stands there until it is fetched. */
export function Later({ part, instead = null }: { part: keyof Rest; instead?: ComponentChildren }) {
  const Part = rest.value?.[part];
  return Part ? <Part /> : instead;
}
