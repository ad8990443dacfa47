// What happens, told to whoever listens: what the device's event stream says, and what the connection does.
import type { AuditEntry, Detections, FleetEvent, Frame, Me, Model, Phase, Training, Watch } from './types';

export interface News {
  // From the device; see docs/http.md.
  frame: Frame;
  labels: { frame: string; revision: number; phase: Phase };
  training: Training;
  epoch: { training: string; epoch: number; epochs: number; experiment: string };
  detections: Detections;
  deployed: Model | null;
  fleet: FleetEvent;
  audit: AuditEntry;
  categories: object;
  watch: Watch;
  deleted: { frames: string[] };
  restored: { frames: string[] };
  // From the page itself.
  /** It is time to ask instead of listening. */
  poll: undefined;
  /** The stream is there (again). */
  open: undefined;
  /** The device does not answer. */
  silence: undefined;
  /** The device has answered, whatever it said. */
  answer: undefined;
  /** The device no longer knows who asks. */
  locked: undefined;
  /** Somebody here is paired now. */
  paired: undefined;
  /** Who asks may not do that. */
  forbidden: undefined;
  /** Who one is has changed. */
  me: Me;
}

type Listener<K extends keyof News> = (news: News[K]) => void;
const listeners = new Map<keyof News, Set<Listener<never>>>();

/** Calls `listener` with all news of this kind, until what is returned is called. */
export function on<K extends keyof News>(kind: K, listener: Listener<K>): () => void {
  const all = listeners.get(kind) ?? new Set();
  listeners.set(kind, all.add(listener as Listener<never>));
  return () => all.delete(listener as Listener<never>);
}

export function tell<K extends keyof News>(kind: K, ...[news]: News[K] extends undefined ? [] : [News[K]]): void {
  for (const listener of listeners.get(kind) ?? []) (listener as Listener<K>)(news as News[K]);
}
