// Frames that were labelled before: those labelled since the page was opened, then the newest.
import { signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { News } from '../../api/news';
import type { Frame, Phase } from '../../api/types';

const DONE: Phase[] = ['labelled', 'reviewed', 'final'];
const SLICE = 40;

export const labelled = signal<Frame[]>([]);
const cursors = signal<Partial<Record<Phase, string | null>>>({});
export const hasMore = () => Object.values(cursors.value).some(Boolean);

/** The device lists frames by when they came, and gives them to label in another order. The last one first. */
let late: string[] = [];
export function noteLabelled({ frame, phase }: News['labels']): void {
  late = [...(DONE.includes(phase) ? [frame] : []), ...late.filter((id) => id !== frame)].slice(0, SLICE);
}
const place = ({ id }: Frame) => (late.includes(id) ? late.indexOf(id) : SLICE);
const byId = (id: string) => ok(device.GET('/api/v1/frames/{id}', { params: { path: { id } } })).catch(() => null);

/** Asks for the newest; `more`: for those behind the ones that are known. */
export async function loadStrip(more = false): Promise<void> {
  const from = cursors.peek();
  const phases = DONE.filter((phase) => !more || from[phase]);
  const slices = await Promise.all(
    phases.map((phase) => {
      const before = more ? from[phase] : null;
      return ok(
        device.GET('/api/v1/frames', { params: { query: { phase, limit: SLICE, ...(before && { before }) } } }),
      );
    }),
  );
  cursors.value = Object.fromEntries(phases.map((phase, i) => [phase, slices[i]?.next ?? null]));
  const all = [...(more ? labelled.peek() : []), ...slices.flatMap(({ items }) => items)];
  const beside = await Promise.all(late.filter((id) => !all.some((frame) => frame.id === id)).map(byId));
  for (const frame of beside) if (frame && DONE.includes(frame.phase)) all.push(frame);
  const known = new Map(all.map((frame) => [frame.id, frame]));
  labelled.value = [...known.values()].sort((a, b) => place(a) - place(b) || (a.id < b.id ? 1 : -1));
}

let due: ReturnType<typeof setTimeout> | undefined;
/** Soon, once: it can wait, and what others do comes in swarms. */
export function refreshStrip(): void {
  clearTimeout(due);
  due = setTimeout(() => loadStrip().catch(() => {}), 150);
}
