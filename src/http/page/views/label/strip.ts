// Frames that were labelled before, newest first.
import { signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { Frame, Phase } from '../../api/types';

const DONE: Phase[] = ['labelled', 'reviewed', 'final'];
const SLICE = 40;

export const labelled = signal<Frame[]>([]);
const cursors = signal<Partial<Record<Phase, string | null>>>({});
export const hasMore = () => Object.values(cursors.value).some(Boolean);

/** Asks for the newest; `more`: for those behind the ones that are known. */
export async function loadStrip(more = false): Promise<void> {
  const known = cursors.peek();
  const phases = DONE.filter((phase) => !more || known[phase]);
  const slices = await Promise.all(
    phases.map((phase) => {
      const before = more ? known[phase] : null;
      return ok(
        device.GET('/api/v1/frames', { params: { query: { phase, limit: SLICE, ...(before && { before }) } } }),
      );
    }),
  );
  cursors.value = Object.fromEntries(phases.map((phase, i) => [phase, slices[i]?.next ?? null]));
  const fresh = slices.flatMap(({ items }) => items);
  labelled.value = (more ? [...labelled.peek(), ...fresh] : fresh).sort((a, b) => (a.id < b.id ? 1 : -1));
}

let due: ReturnType<typeof setTimeout> | undefined;
/** Soon, once: it can wait, and what others do comes in swarms. */
export function refreshStrip(): void {
  clearTimeout(due);
  due = setTimeout(() => loadStrip().catch(() => {}), 150);
}
