// One picture of the open book: whose pages it shows, and at which epoch it is opened. Two of them lie side by side.
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Book } from './contract';

export class Leaf {
  /** Whose pages; `null` for whichever experiment led at each epoch. */
  readonly experiment = signal<string | null>(null);
  private readonly own = signal<Book | null>(null);
  readonly book = computed(() => (this.experiment.value ? this.own.value : this.lead.value));
  /** Index into the epochs. */
  readonly at = signal(0);
  /** Where the scrubber last came to rest: lists are ordered anew there, not on the way. */
  readonly settled = signal(0);
  readonly epochs = computed(() => this.book.value?.epochs ?? []);
  readonly epoch = computed(() => this.epochs.value[this.at.value]);

  constructor(private readonly lead: ReadonlySignal<Book | null>) {}

  get last(): number {
    return this.epochs.peek().length - 1;
  }

  turn(index: number): void {
    this.at.value = Math.max(0, Math.min(this.last, index));
  }

  /** Index of this epoch, or of the one nearest to it. */
  near(epoch: number): number {
    const away = this.epochs.peek().map((known) => Math.abs(known.epoch - epoch));
    return away.indexOf(Math.min(...away));
  }

  settle(): void {
    this.settled.value = this.at.peek();
  }

  /** Changes the book by `change` and stays at the epoch. Where the last one is shown and pages are added, `follow`s. */
  keep(change: () => void, follow: boolean): void {
    const shown = follow && this.at.peek() >= this.last ? undefined : this.epoch.peek()?.epoch;
    batch(() => {
      change();
      if (shown === undefined) this.turn(this.last);
      else this.turn(this.near(shown));
      this.settle();
    });
  }

  /** Shows the pages of one experiment; with `null`, of whichever led. */
  show(experiment: string | null, book: Book | null): void {
    this.keep(() => {
      this.own.value = book;
      this.experiment.value = experiment;
    }, experiment === this.experiment.peek());
  }
}
