// The frames of a clip, as they are on the device.
import { ApiError, device, ok } from '../../api/client';
import type { Frame } from '../../api/types';
import type { Answer, Clip } from './contract';

/** Frames that are worked on together; a longer clip has several parts. */
const PART = 600;

/** A stretch of a clip, in seconds. */
export interface Range {
  from: number;
  to?: number;
}

export const clipOf = (id: string): Promise<Clip> => ok(device.GET('/api/v1/clips/{id}', { params: { path: { id } } }));

/** What a clip is that could not be had: null where it is not there, else it is told why. */
export function absent(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

/** All frames of a clip. */
export async function framesOf(id: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let after: string | null = null; ; ) {
    const query = { limit: 500, ...(after && { after }) };
    const slice: { items: Frame[]; next?: string | null } = await ok(
      device.GET('/api/v1/clips/{id}/frames', { params: { path: { id }, query } }),
    );
    frames.push(...slice.items);
    after = slice.next ?? null;
    if (!after) return frames;
  }
}

/** Where the parts of a clip begin. */
export async function beginnings({ id, frames }: Clip): Promise<number[]> {
  if (frames <= PART) return [0];
  const places = (await framesOf(id)).map((frame) => frame.clip?.at ?? 0);
  return places.filter((_, n) => n % PART === 0);
}

/** What a part that begins there is; the next one begins at the next of these. */
export function rangeOf(parts: readonly number[], number: number): Range {
  const next = parts[number + 1];
  return { from: parts[number] ?? 0, ...(next !== undefined && { to: next - 1e-4 }) };
}

/** Who only looks sees the pictures: nothing is carried for one. */
export async function looked(clip: string, { from, to = Number.POSITIVE_INFINITY }: Range): Promise<Answer> {
  const all = await framesOf(clip);
  const own = all.filter((frame) => frame.clip && frame.clip.at >= from && frame.clip.at <= to);
  const frames = own.map(({ id: frame, clip: place, revision, phase }) => ({
    frame,
    at: place?.at ?? 0,
    revision,
    phase,
    boxes: [],
  }));
  return { clip, frames, tracks: [], next: null, unseen: [], notes: [] };
}
