// The zone that is being drawn or changed.
import { signal } from '@preact/signals';
import type { Zone } from '../../api/types';
import { isolated } from '../../words/format';
import { more } from '../../words/more';
import { choose, chosen } from './chosen';
import { type Corner, corner, LEAST, MIDDLE, movedTo, split, without } from './corners';
import { leave } from './verdict';
import { change } from './watch';

const w = more.camera.zones;

export interface Sketch {
  /** The name it has on the device; null for a new one. */
  was: string | null;
  name: string;
  kind: Zone['kind'];
  /** For which; null for all. */
  categories: string[] | null;
  camera: string | null;
  corners: Corner[];
  /** Whether its last corner leads to the first. */
  closed: boolean;
  /** The corner in hand. */
  at: number | null;
}

export const sketch = signal<Sketch | null>(null);

const update = (part: Partial<Sketch>) => {
  if (sketch.peek()) sketch.value = { ...(sketch.peek() as Sketch), ...part };
};

function begin(first: Sketch): void {
  leave(); // it is drawn on what is there now
  if (first.camera) choose(first.camera);
  sketch.value = first;
  document.getElementById('picture')?.scrollIntoView({ block: 'nearest' });
}

export function draw(): void {
  const plain = { name: '', categories: null, camera: chosen.peek(), corners: [], closed: false, at: null };
  begin({ was: null, kind: 'watch', ...plain });
}

export function alter({ name, kind, polygon, categories, camera }: Zone): void {
  const corners = polygon.map(([x = 0, y = 0]) => corner(x, y));
  const may = { categories: categories ?? null, camera: camera ?? null };
  begin({ was: name, name, kind, ...may, corners, closed: true, at: null });
}

export function stop(): void {
  sketch.value = null;
}

export const rename = (name: string) => update({ name });
export const setKind = (kind: Zone['kind']) => update({ kind });

/** For this category too, or no longer; for none chosen it is for all. */
export function toggle(category: string): void {
  const chosen = sketch.peek()?.categories ?? [];
  const next = chosen.includes(category) ? chosen.filter((other) => other !== category) : [...chosen, category];
  update({ categories: next.length ? next : null });
}

export function rectangle(): void {
  update({ corners: MIDDLE, closed: true, at: null });
}

/** A further corner, while the zone is open. */
export function add(x: number, y: number): void {
  const now = sketch.peek();
  if (now && !now.closed) update({ corners: [...now.corners, corner(x, y)], at: null });
}

export function close(): void {
  if ((sketch.peek()?.corners.length ?? 0) >= LEAST) update({ closed: true, at: null });
}

export const take = (at: number) => update({ at });

export function move(at: number, to: Corner): void {
  update({ corners: movedTo(sketch.peek()?.corners ?? [], at, to), at });
}

/** A corner more, after the one in hand or the last. */
export function insert(): void {
  const now = sketch.peek();
  if (!now) return;
  const at = now.at ?? now.corners.length - 1;
  update({ corners: split(now.corners, at), at: at + 1 });
}

/** Takes a corner away; an area that would be none any more is open again. */
export function drop(at: number): void {
  const now = sketch.peek();
  if (!now) return;
  const corners = without(now.corners, at);
  update({ corners, closed: now.closed && corners.length >= LEAST, at: null });
}

export const ready = (now: Sketch): boolean => now.closed && now.corners.length >= LEAST && now.name.trim() !== '';

export async function save(): Promise<void> {
  const now = sketch.peek();
  if (!now || !ready(now)) return;
  const { was, kind, categories, camera, corners } = now;
  const zone: Zone = { name: now.name.trim(), kind, polygon: corners, categories, camera };
  await change(w.saved(isolated(zone.name)), (all) => {
    const there = was !== null && all.zones.some(({ name }) => name === was);
    const zones = there ? all.zones.map((other) => (other.name === was ? zone : other)) : [...all.zones, zone];
    return { ...all, zones };
  });
  stop();
}

export async function remove(): Promise<void> {
  const was = sketch.peek()?.was;
  if (was == null) return;
  await change(w.removed(isolated(was)), (all) => ({ ...all, zones: all.zones.filter(({ name }) => name !== was) }));
  stop();
}
