// The flip book that is open: what is known of it, which pages are shown, and how one gets to others.
import { batch, computed, signal } from '@preact/signals';
import { ApiError, device, ok } from '../../api/client';
import type { Category, Side, Training } from '../../api/types';
import { FIT, type Look } from '../../ui/look';
import { type Book, bookOf, type Suspects } from './contract';
import { countsOf, type Fate, sumOf } from './fates';
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
  readonly book = signal<Book | null>(null);
  /** What is probably mislabelled; `null` while nobody said. */
  readonly suspects = signal<Suspects | null>(null);
  readonly categories = signal<Category[]>([]);
  /** What plots and lists are about. */
  readonly first = new Leaf(this.book);
  /** There to be compared with. */
  readonly second = signal<Leaf | null>(null);
  readonly way = signal<Way>('held');
  /** Index into the book's frames. */
  readonly frame = signal(-1);
  readonly side = signal<Side>('validation');
  /** What the frames listed have in common, if anything. */
  readonly filter = signal<Fate | null>(null);
  readonly axis = signal<Axis>('confidence');
  readonly playing = signal(false);
  /** The device has no such training: somebody deleted it. */
  readonly gone = signal(false);
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
  /** How the labels of each frame fared where the scrubber rests. */
  readonly counts = computed(() => {
    const { epochs, settled } = this.first;
    return this.frames.value.map((_, n) => countsOf(epochs.value, settled.value, n));
  });
  /** Frames of the side shown, worst first, as indices into the book's frames. */
  private readonly worst = computed(() => {
    const { epochs, settled } = this.first;
    return worstFirst(this.frames.value, epochs.value[settled.value]?.points ?? [], this.side.value);
  });
  /** Those that are listed: all, or those with something in common, most of it first. */
  readonly order = computed(() => {
    const fate = this.filter.value;
    if (!fate) return this.worst.value;
    const count = (n: number) => this.counts.value[n]?.[fate] ?? 0;
    return this.worst.value.filter(count).sort((a, b) => count(b) - count(a));
  });
  readonly totals = computed(() => sumOf(this.worst.value.map((n) => this.counts.value[n])));
  /** Whether no page will be added. */
  readonly over = computed(() => Boolean(this.training.value?.finished));

  private asked = 0;
  private taken = 0;

  constructor(readonly id: string) {}

  /** Asks whether the training is still there, and resolves to whether it is: no event tells everybody of its end. */
  async check(): Promise<boolean> {
    try {
      await this.ask();
      this.gone.value = false;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      this.stop();
      this.gone.value = true;
    }
    return !this.gone.value;
  }

  private ask(): Promise<Training> {
    return ok(device.GET('/api/v1/trainings/{id}', { params: { path: { id: this.id } } }));
  }

  /** Asks the device for the training and its book. */
  async load(): Promise<void> {
    if (!(await this.check())) return;
    this.asked += 1;
    const own = this.asked;
    const [training, book, categories, ...pages] = await Promise.all([
      this.ask(),
      bookOf(this.id, null),
      ok(device.GET('/api/v1/categories')),
      ...this.leaves.peek().map((leaf) => pagesOf(this.id, leaf)),
    ]);
    if (own < this.taken) return; // a later question was answered first
    this.taken = own;
    batch(() => {
      this.training.value = training;
      this.categories.value = categories.items;
      this.take(book);
      for (const { leaf, experiment, fresh } of pages)
        if (fresh && leaf.experiment.peek() === experiment) leaf.show(experiment, fresh);
    });
  }

  private take(fresh: Book): void {
    const before = this.frames.peek()[this.frame.peek()]?.id;
    const [first, second] = this.leaves.peek();
    const change = () => {
      this.book.value = fresh;
    };
    first?.keep(() => (second ? second.keep(change, true) : change()), true);
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

  /** Turns the first picture by hand to the epoch nearest to this one. */
  scrubTo(epoch: number): void {
    this.scrub(this.first, this.first.near(epoch));
  }

  private turn(leaf: Leaf, index: number): void {
    leaf.turn(index);
    const second = leaf === this.first && this.way.peek() === 'together' ? this.second.peek() : null;
    second?.turn(second.near(leaf.epoch.peek()?.epoch ?? 1));
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

  /** Shows an experiment's pages in one of the pictures; with `null`, those of whichever led. */
  async pick(leaf: Leaf, experiment: string | null): Promise<void> {
    const book = experiment && (await bookOf(this.id, experiment));
    batch(() => {
      leaf.show(experiment, book || null);
      if (leaf.epoch.peek()?.points[this.frame.peek()]) return;
      // Those that do not lead look at one side alone.
      this.side.value = 'validation';
      this.frame.value = this.worst.peek()[0] ?? -1;
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
    if (!epoch?.points[frame] || !known || !width) return null;
    const whose = leaf.experiment.value ? `&experiment=${leaf.experiment.value}` : '';
    return `api/v1/trainings/${this.id}/flipbook/${epoch.epoch}/${known.id}.jpg?width=${width}${whose}`;
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

/** The pages of the experiment that a leaf shows, if it shows one. */
async function pagesOf(id: string, leaf: Leaf) {
  const experiment = leaf.experiment.peek();
  return { leaf, experiment, fresh: experiment ? await bookOf(id, experiment) : null };
}

let kept: OpenBook | null = null;

/** The book of a training. The last one stays as it was left, for who comes back to it. */
export function openBook(id: string): OpenBook {
  if (kept?.id !== id) kept = new OpenBook(id);
  return kept;
}
