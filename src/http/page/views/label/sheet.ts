// What is on a frame while it is edited: its labels, the proposals still open, the way back. No requests.
import { computed, type Signal, signal } from '@preact/signals';
import type { Frame, FrameLabels, Label, Phase, Prediction, Rejected } from '../../api/types';
import { type Point, type Shape, shapeOf, tidy } from '../../board/shape';
import type { Draft } from '../../offline/db';
import { type Dispute, equal, overlap, same } from '../../offline/merge';

export interface Drawn {
  readonly labels: readonly Label[];
  /** Neither taken nor refused. */
  readonly proposals: readonly Prediction[];
  /** Proposals that somebody refused. */
  readonly rejected: readonly Rejected[];
}

/** Steps that can be undone. */
const STEPS = 200;
/** From this overlap on a proposal says what a label says already. */
const SAID = 0.45;

export class Sheet {
  readonly drawn: Signal<Drawn>;
  /** As the device has it. */
  readonly stored: Signal<FrameLabels>;
  /** Saved here, and not on the device yet. */
  readonly waits = signal(false);
  /** It was deleted meanwhile. */
  readonly gone = signal(false);
  /** Objects that somebody else marked in another way. */
  readonly disputes = signal<readonly Dispute[]>([]);
  /** Whether the device does not have it like this. */
  readonly differs = computed(() => {
    const { labels, rejected = [] } = this.stored.value;
    return !equal(this.tidied, labels.map(this.tidy)) || this.drawn.value.rejected.length !== rejected.length;
  });
  /** Whether a model saw anything: where its proposals stand stays, so that nothing moves when the last one is taken. */
  readonly proposed: boolean;
  private past: Drawn[] = [];
  private future: Drawn[] = [];

  constructor(
    readonly frame: Frame,
    stored: FrameLabels,
    proposals: readonly Prediction[],
  ) {
    this.stored = signal(stored);
    const { labels, rejected = [] } = stored;
    // What is marked or refused already is not proposed again.
    const known = [...labels, ...rejected];
    const open = proposals.filter((one) => !known.some((other) => overlap(one, other) >= SAID));
    this.drawn = signal({ labels, proposals: open, rejected });
    this.proposed = open.length > 0;
    this.past = [this.drawn.peek()];
  }

  private readonly tidy = (label: Label) => tidy(label, this.frame);
  private get tidied(): Label[] {
    return this.drawn.value.labels.map(this.tidy);
  }

  /** What was drawn here before; undo leads back to what the device has. */
  resume(draft: Draft): void {
    const { labels, rejected, proposals = this.drawn.peek().proposals, order, refused, disputes = [] } = draft;
    this.step({ labels, rejected, proposals });
    this.waits.value = order > 0 && refused === undefined;
    this.disputes.value = disputes;
  }

  /** The device has it like this. */
  saved(stored: FrameLabels): void {
    this.stored.value = stored;
    this.waits.value = false;
    this.drawn.value = { labels: stored.labels, proposals: [], rejected: stored.rejected ?? [] };
    this.past = [this.drawn.peek()];
    this.future = [];
  }

  /** What is kept in the browser. */
  draft(phase: Phase): Omit<Draft, 'order' | 'touched' | 'refused'> {
    const { revision, labels: base } = this.stored.peek();
    const { proposals, rejected } = this.drawn.peek();
    return {
      frame: this.frame.id,
      revision,
      base,
      phase,
      labels: this.tidied,
      rejected: [...rejected],
      proposals: [...proposals],
      ...(this.disputes.peek().length > 0 && { disputes: [...this.disputes.peek()] }),
    };
  }

  // ---- steps, each of which can be undone ----

  private step(changes: Partial<Drawn>): void {
    const next = { ...this.drawn.peek(), ...changes };
    this.past = [...this.past, next].slice(-STEPS);
    this.future = [];
    this.drawn.value = next;
  }

  get undoable(): boolean {
    return Boolean(this.drawn.value) && this.past.length > 1;
  }
  get redoable(): boolean {
    return Boolean(this.drawn.value) && this.future.length > 0;
  }
  undo(): void {
    const gone = this.past.pop();
    const now = this.past.at(-1);
    if (!gone || !now) return;
    this.future.push(gone);
    this.drawn.value = now;
  }
  redo(): void {
    const next = this.future.pop();
    if (!next) return;
    this.past.push(next);
    this.drawn.value = next;
  }

  add(...labels: Label[]): void {
    this.step({ labels: [...this.drawn.peek().labels, ...labels.map(this.tidy)] });
  }

  /** A label with another shape or category: no longer as a model proposed it. Returns what it is now. */
  mended({ origin, score, ...label }: Label, changes: { category?: string; shape?: Shape }): Label {
    const { bbox, polygon } = changes.shape ?? shapeOf(label) ?? {};
    const { polygon: _, ...rest } = label;
    const drawn = origin === 'accepted' ? {} : { ...(origin && { origin }), ...(score != null && { score }) };
    const { category = label.category } = changes;
    return this.tidy({ ...rest, ...drawn, category, ...(bbox && { bbox }), ...(polygon && { polygon }) });
  }

  replace(label: Label, now: Label): void {
    this.step({ labels: this.drawn.peek().labels.map((other) => (other === label ? now : other)) });
  }

  remove(label: Label): void {
    this.step({ labels: this.drawn.peek().labels.filter((other) => other !== label) });
  }

  /** A label that came of a proposal is refused after all. */
  reject(label: Label): void {
    const { labels, rejected } = this.drawn.peek();
    this.step({ labels: labels.filter((other) => other !== label), rejected: [...rejected, refusalOf(label)] });
  }

  /** Takes proposals over as labels, in the form that `shape` gives a box. Returns those labels. */
  accept(proposals: readonly Prediction[], shape: (category: string, bbox: Shape) => Shape): Label[] {
    const { labels, proposals: open } = this.drawn.peek();
    const taken = proposals
      .filter((one) => one.bbox || !this.hasTag(one.category))
      .map(({ category, score, ...rest }): Label => {
        const box = shapeOf(rest);
        return this.tidy({ category, ...(box && shape(category, box)), origin: 'accepted', score });
      });
    this.step({ labels: [...labels, ...taken], proposals: open.filter((one) => !proposals.includes(one)) });
    return taken;
  }

  refuse(proposals: readonly Prediction[]): void {
    const { proposals: open, rejected } = this.drawn.peek();
    this.step({
      proposals: open.filter((one) => !proposals.includes(one)),
      rejected: [...rejected, ...proposals.map(refusalOf)],
    });
  }

  hasTag(name: string): boolean {
    return this.drawn.value.labels.some((label) => !label.bbox && label.category === name);
  }

  toggleTag(name: string): void {
    const { labels, proposals } = this.drawn.peek();
    const isIt = (one: Label | Prediction) => !one.bbox && one.category === name;
    if (labels.some(isIt)) this.step({ labels: labels.filter((label) => !isIt(label)) });
    else this.step({ labels: [...labels, { category: name }], proposals: proposals.filter((one) => !isIt(one)) });
  }

  /** Somebody else's labels are below what was drawn: both are kept, and where they disagree somebody has to look. */
  join(stored: FrameLabels, labels: Label[], disputes: Dispute[]): void {
    this.stored.value = stored;
    this.disputes.value = disputes;
    this.step({ labels });
  }

  /** Settles the disputes: `mine` takes the place of what others say of the same objects. */
  settle(mine: boolean): void {
    const disputes = this.disputes.peek();
    this.disputes.value = [];
    if (!mine) return;
    const others = this.drawn.peek().labels.filter((label) => !disputes.some(({ theirs }) => same(theirs, label)));
    this.step({ labels: [...others, ...disputes.map((dispute) => dispute.mine)] });
  }
}

/** As the device is told of it: where the model saw something that is not there. */
function refusalOf({ category, bbox, score }: Label | Prediction): Rejected {
  return { category, ...(bbox && { bbox }), ...(score != null && { score }) };
}

/** Where a label lies, for who hears it. */
export function placed(bbox: number[]): [Point, Point] {
  const [x = 0, y = 0, w = 0, h = 0] = bbox.map(Math.round);
  return [
    [w, h],
    [x, y],
  ];
}
