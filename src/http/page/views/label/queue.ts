// Which frame comes next: the trail of frames visited, and behind its end the device's queue. No requests of its own.
//
// It is at its end only when the device has no frame of the phase left but those that wait here to be sent.
import type { Frame, Prediction } from '../../api/types';

/** A frame on the way. */
export interface Stop {
  frame: Frame;
  /** Why this one, in words. */
  reason: string;
  /** What the model sees in it; `null`: not asked yet. */
  proposals: Prediction[] | null;
  /** It was visited, and is still to be done. */
  open: boolean;
}

export interface Item {
  frame: Frame;
  reason: string;
  proposals: Prediction[] | null;
}

export interface Source {
  /** A slice of the device's queue; `next` goes on behind it, `null`: that was all. */
  slice(before: string | undefined): Promise<{ items: Item[]; next: string | null }>;
  /** Frames of the same phase, newest first: what came since the walk began is among the first. */
  newest(before: string | undefined): Promise<{ items: Item[]; next: string | null }>;
  /** Whether labels of that frame wait here to be sent. */
  waits(frame: string): boolean;
}

const stopOf = ({ frame, reason, proposals }: Item): Stop => ({ frame, reason, proposals, open: false });

export class Queue {
  private readonly source: Source;
  trail: Stop[] = [];
  position = -1;
  /** Given by the device, and not visited yet. */
  fresh: Stop[] = [];
  /** Where the walk goes on; `undefined` before it began, `null` when it is through. */
  private cursor: string | null | undefined;
  /** Counts the walks: an answer to one before is of no use. */
  private walks = 0;
  private walking: Promise<void> | null = null;
  private asked: Promise<number> | null = null;

  constructor(source: Source) {
    this.source = source;
  }

  clear(): void {
    this.trail = [];
    this.position = -1;
    this.fresh = [];
    this.cursor = undefined;
    this.walks += 1;
    this.walking = null;
    this.asked = null;
  }

  at(frame: string): number {
    return this.trail.findIndex((stop) => stop.frame.id === frame);
  }

  /** The next stop's place on the trail, which is the present one when it is the last to be done; -1 when none is left. */
  next(): Promise<number> {
    // Who asks twice means the same one.
    this.asked ??= this.find().finally(() => {
      this.asked = null;
    });
    return this.asked;
  }

  private async find(): Promise<number> {
    if (this.position + 1 < this.trail.length) return this.position + 1;
    let failure: unknown;
    await this.refill().catch((error) => {
      failure = error;
    });
    let stop = this.fresh.shift() ?? this.skipped();
    if (!stop) {
      if (failure) throw failure;
      const here = this.trail[this.position];
      if (here?.open && !this.source.waits(here.frame.id)) return this.position;
      await this.look(true); // before it is said that none is left
      stop = this.fresh.shift();
    }
    return stop ? this.trail.push(stop) - 1 : -1;
  }

  /** What will come, as far as it is known. */
  get ahead(): Stop[] {
    return [...this.trail.slice(this.position + 1), ...this.fresh];
  }

  /** Puts a frame that was asked for by name behind the present one. */
  insert(item: Item): number {
    this.trail.splice(this.position + 1, 0, stopOf(item));
    return this.position + 1;
  }

  /** What is known of a frame: while it is to be done it comes back, last. */
  mark(frame: string, open: boolean): void {
    const stop = this.trail[this.at(frame)];
    if (stop) stop.open = open;
    if (!open) this.fresh = this.fresh.filter((other) => other.frame.id !== frame);
  }

  /** Frames that are no longer there come no more. */
  drop(frames: readonly string[]): void {
    const here = this.trail[this.position];
    const there = ({ frame }: Stop) => !frames.includes(frame.id);
    this.trail = this.trail.filter((stop) => stop === here || there(stop));
    this.fresh = this.fresh.filter(there);
    this.position = here ? this.trail.indexOf(here) : -1;
    if (here && !there(here)) here.open = false;
  }

  /** Sees to it that at least so many frames are known to come, as far as there are. */
  async topUp(least: number): Promise<void> {
    while (this.fresh.length < least && this.cursor !== null) await this.walk();
  }

  private isFresh({ frame }: Item): boolean {
    const known = this.at(frame.id) >= 0 || this.fresh.some((stop) => stop.frame.id === frame.id);
    return !known && !this.source.waits(frame.id);
  }

  private async refill(): Promise<void> {
    this.fresh = this.fresh.filter(({ frame }) => this.at(frame.id) < 0 && !this.source.waits(frame.id));
    while (!this.fresh.length && this.cursor !== null) await this.walk();
    if (!this.fresh.length) await this.look(false);
  }

  /** One more slice. */
  private walk(): Promise<void> {
    this.walking ??= this.slice().finally(() => {
      this.walking = null;
    });
    return this.walking;
  }

  private async slice(): Promise<void> {
    const own = this.walks;
    const { items, next } = await this.source.slice(this.cursor ?? undefined);
    if (own !== this.walks) return;
    this.cursor = next;
    this.take(items);
  }

  private take(items: Item[]): void {
    for (const item of items) if (this.isFresh(item)) this.fresh.push(stopOf(item));
  }

  /** Looks for what came since the walk began; `whole`: among all frames. */
  private async look(whole: boolean): Promise<void> {
    let before: string | undefined;
    do {
      const { items, next } = await this.source.newest(before);
      this.take(items);
      before = next ?? undefined;
    } while (whole && before && !this.fresh.length);
  }

  /** The frame passed over longest ago; taken out of the trail, to come again at its end. */
  private skipped(): Stop | undefined {
    const { waits } = this.source;
    const index = this.trail.findIndex((stop, i) => stop.open && i !== this.position && !waits(stop.frame.id));
    if (index < 0) return undefined;
    if (index < this.position) this.position -= 1;
    return this.trail.splice(index, 1)[0];
  }
}
