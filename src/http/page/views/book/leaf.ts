// One picture of the open book: at which epoch it is opened. Two of them lie side by side.
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { FlipBook } from '../../api/types';

export class Leaf {
  /** Index into the epochs. */
  readonly at = signal(0);
  /** Where the scrubber last came to rest: lists are ordered anew there, not on the way. */
  readonly settled = signal(0);
  readonly epochs = computed(() => this.book.value?.epochs ?? []);
  readonly epoch = computed(() => this.epochs.value[this.at.value]);

  constructor(readonly book: ReadonlySignal<FlipBook | null>) {}

  get last(): number {
    return this.epochs.peek().length - 1;
  }

  turn(index: number): void {
    this.at.value = Math.max(0, Math.min(this.last, index));
  }

  /** Turns to this epoch, or to the one nearest to it. */
  turnTo(epoch: number): void {
    const away = this.epochs.peek().map((known) => Math.abs(known.epoch - epoch));
    this.turn(away.indexOf(Math.min(...away)));
  }

  settle(): void {
    this.settled.value = this.at.peek();
  }

  /** Changes the book by `change`, staying at the epoch; or at the last one, where that is shown. */
  keep(change: () => void): void {
    const shown = this.at.peek() < this.last ? this.epoch.peek()?.epoch : undefined;
    batch(() => {
      change();
      if (shown === undefined) this.turn(this.last);
      else this.turnTo(shown);
      this.settle();
    });
  }
}
