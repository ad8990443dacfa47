// The flip book that is open: what is known of it, which pages are shown, and how one gets to others.
import { batch, computed, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { FlipBook, Side, Training } from '../../api/types';
import { FIT, type Look } from '../../ui/look';
import { Leaf } from './leaf';
import { decoded } from './pictures';
import { type Axis, worstFirst } from './points';

/** Milliseconds that a page is shown at least while the book plays. */
const PACE = 220;
/** Thumbnails shown at first. */
export const FEW = 60;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** What the second picture does when the first is turned: it has a scrubber of its own, turns along, or stays. */
export type Way = 'each' | 'together' | 'held';

export class OpenBook {
  readonly training = signal<Training | null>(null);
  readonly book = signal<FlipBook | null>(null);
  /** What plots and lists are about. */
  readonly first = new Leaf(this.book);
  /** There to be compared with. */
  readonly second = signal<Leaf | null>(null);
  readonly way = signal<Way>('held');
  /** Index into the book's frames. */
  readonly frame = signal(-1);
  readonly side = signal<Side>('validation');
  readonly axis = signal<Axis>('confidence');
  readonly playing = signal(false);
  /** Pixels that the picture's width is asked for; 0 until it is laid out. */
  readonly width = signal(0);
  /** How closely one looks. */
  readonly look = signal<Look>(FIT);
  /** The picture's shape, as CSS has it: known before it is fetched again, for who comes back. */
  shape = '';
  /** Thumbnails shown, at most. */
  readonly listed = signal(FEW);

  readonly frames = computed(() => this.book.value?.frames ?? []);
  readonly leaves = computed(() => [this.first, ...(this.second.value ? [this.second.value] : [])]);
  /** Frames of the side shown, worst first, as indices into the book's frames. */
  readonly order = computed(() => {
    const { epochs, settled } = this.first;
    return worstFirst(this.frames.value, epochs.value[settled.value]?.points ?? [], this.side.value);
  });
  /** Whether no page will be added. */
  readonly over = computed(() => Boolean(this.training.value?.finished));

  private asked = 0;
  private taken = 0;

  constructor(readonly id: string) {}

  /** Asks the device for the training and its book. */
  async load(): Promise<void> {
    this.asked += 1;
    const own = this.asked;
    const path = { params: { path: { id: this.id } } };
    const [training, book] = await Promise.all([
      ok(device.GET('/api/v1/trainings/{id}', path)),
      ok(device.GET('/api/v1/trainings/{id}/flipbook', path)),
    ]);
    if (own < this.taken) return; // a later question was answered first
    this.taken = own;
    batch(() => {
      this.training.value = training;
      this.take(book);
    });
  }

  private take(fresh: FlipBook): void {
    const before = this.frames.peek()[this.frame.peek()]?.id;
    const [first, second] = this.leaves.peek();
    const change = () => {
      this.book.value = fresh;
    };
    first?.keep(() => (second ? second.keep(change) : change()));
    if (!fresh.epochs.length) return;
    const sides = fresh.frames.map((frame) => frame.split);
    if (!sides.includes(this.side.peek())) this.side.value = sides[0] ?? 'validation';
    const same = fresh.frames.findIndex((frame) => frame.id === before);
    this.frame.value = same >= 0 ? same : (this.order.peek()[0] ?? -1);
  }

  /** Turns by hand, which ends playing. */
  scrub(leaf: Leaf, index: number): void {
    batch(() => {
      this.playing.value = false;
      this.turn(leaf, index);
    });
  }

  private turn(leaf: Leaf, index: number): void {
    leaf.turn(index);
    const epoch = leaf.epoch.peek()?.epoch;
    if (leaf === this.first && this.way.peek() === 'together' && epoch) this.second.peek()?.turnTo(epoch);
  }

  settle(): void {
    for (const leaf of this.leaves.peek()) leaf.settle();
  }

  choose(frame: number): void {
    batch(() => {
      this.frame.value = frame;
      this.look.value = FIT;
      const side = this.frames.peek()[frame]?.split;
      if (!side || side === this.side.peek()) return;
      this.side.value = side;
      this.settle();
    });
  }

  /** Lays a second picture beside the first, at the same page, or takes it away. */
  compare(two: boolean): void {
    const second = two ? new Leaf(this.book) : null;
    second?.turn(this.first.at.peek());
    second?.settle();
    this.second.value = second;
  }

  /** The address of a page's picture; `null` where there is no such page, or no room for it yet. */
  pageUrl(leaf: Leaf, at: number, frame: number, width = this.width.value): string | null {
    const [epoch, known] = [leaf.epochs.value[at], this.frames.value[frame]];
    if (!epoch || !known || !width) return null;
    return `api/v1/trainings/${this.id}/flipbook/${epoch.epoch}/${known.id}.jpg?width=${width}`;
  }

  stop(): void {
    this.playing.value = false;
  }

  /** Turns page after page up to the last one, or until somebody stops it. */
  async play(): Promise<void> {
    this.playing.value = true;
    const { first } = this;
    const last = () => first.at.peek() >= first.last;
    if (last()) this.turn(first, 0);
    while (this.playing.peek() && !last()) {
      this.turn(first, first.at.peek() + 1);
      const urls = this.leaves.peek().map((leaf) => this.pageUrl(leaf, leaf.at.peek(), this.frame.peek()));
      await Promise.all([pause(PACE), ...urls.map((url) => url && decoded(url))]);
    }
    if (!this.playing.peek()) return;
    this.stop();
    this.settle();
  }
}

let kept: OpenBook | null = null;

/** The book of a training. The last one stays as it was left, for who comes back to it. */
export function openBook(id: string): OpenBook {
  if (kept?.id !== id) kept = new OpenBook(id);
  return kept;
}
