// The flip book that is open: what is known of it, which page is shown, and how one gets to another.
import { batch, computed, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { FlipBook, Side, Training } from '../../api/types';
import { FIT, type Look } from '../../ui/look';
import { decoded } from './pictures';
import { type Axis, worstFirst } from './points';

/** Milliseconds that a page is shown at least while the book plays. */
const PACE = 220;
/** Thumbnails shown at first. */
export const FEW = 60;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

export class OpenBook {
  readonly training = signal<Training | null>(null);
  readonly book = signal<FlipBook | null>(null);
  /** Index into the book's epochs. */
  readonly at = signal(0);
  /** Where the scrubber last came to rest: lists are ordered anew there, not on the way. */
  readonly settled = signal(0);
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

  readonly epochs = computed(() => this.book.value?.epochs ?? []);
  readonly frames = computed(() => this.book.value?.frames ?? []);
  readonly epoch = computed(() => this.epochs.value[this.at.value]);
  readonly point = computed(() => this.epoch.value?.points[this.frame.value]);
  /** Frames of the side shown, worst first, as indices into the book's frames. */
  readonly order = computed(() =>
    worstFirst(this.frames.value, this.epochs.value[this.settled.value]?.points ?? [], this.side.value),
  );
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
    const follow = this.at.peek() >= this.epochs.peek().length - 1;
    this.book.value = fresh;
    if (!fresh.epochs.length) return;
    const sides = fresh.frames.map((frame) => frame.split);
    if (!sides.includes(this.side.peek())) this.side.value = sides[0] ?? 'validation';
    this.turn(follow ? fresh.epochs.length - 1 : this.at.peek());
    this.settle();
    const same = fresh.frames.findIndex((frame) => frame.id === before);
    this.frame.value = same >= 0 ? same : (this.order.peek()[0] ?? -1);
  }

  turn(index: number): void {
    this.at.value = Math.max(0, Math.min(this.epochs.peek().length - 1, index));
  }

  settle(): void {
    this.settled.value = this.at.peek();
  }

  /** Turns by hand, which ends playing. */
  scrub(index: number): void {
    batch(() => {
      this.playing.value = false;
      this.turn(index);
    });
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

  /** The address of a page's picture; `null` where there is no such page, or no room for it yet. */
  pageUrl(at: number, frame: number, width = this.width.value): string | null {
    const [epoch, known] = [this.epochs.value[at], this.frames.value[frame]];
    if (!epoch || !known || !width) return null;
    return `api/v1/trainings/${this.id}/flipbook/${epoch.epoch}/${known.id}.jpg?width=${width}`;
  }

  stop(): void {
    this.playing.value = false;
  }

  /** Turns page after page up to the last one, or until somebody stops it. */
  async play(): Promise<void> {
    this.playing.value = true;
    const last = () => this.at.peek() >= this.epochs.peek().length - 1;
    if (last()) this.turn(0);
    while (this.playing.peek() && !last()) {
      this.turn(this.at.peek() + 1);
      const url = this.pageUrl(this.at.peek(), this.frame.peek());
      await Promise.all([pause(PACE), url && decoded(url)]);
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
