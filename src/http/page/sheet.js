// What is on a frame while it is edited: its labels, the proposals still open, the way back. No DOM, no requests.
const STEPS = 200; // that can be undone

/** Whether two lists say the same of a frame. */
export function same(a, b) {
  const words = (labels) => JSON.stringify(labels.map((l) => JSON.stringify([l.category, l.bbox, l.polygon])).sort());
  return words(a) === words(b);
}

/** A label fit to be sent: on quarter pixels, which every reader holds exactly, and inside the frame. */
export function tidy({ category: name, bbox, polygon, ...rest }, { width, height }) {
  if (!bbox) return { ...rest, category: name };
  const snap = (value, most) => Math.round(Math.min(most, Math.max(0, value)) * 4) / 4;
  const [l, t, r, b] = [snap(bbox[0], width), snap(bbox[1], height), snap(bbox[0] + bbox[2], width), snap(bbox[1] + bbox[3], height)];
  const label = { ...rest, category: name, bbox: [l, t, r - l, b - t] };
  return polygon ? { ...label, polygon: polygon.map(([x, y]) => [snap(x, width), snap(y, height)]) } : label;
}

export class Sheet {
  /** `stored`: the device's `{revision, phase, labels}` of `frame`; `proposals`: what a model believes to see in it. */
  constructor(frame, { revision, phase, labels }, proposals = []) {
    Object.assign(this, { frame, revision, phase, base: labels, waits: false });
    Object.assign(this, structuredClone({ labels, proposals }));
    this.restart();
  }

  /** What was drawn here before; undo leads back to what the device has. */
  resume({ labels, proposals, pending }) {
    Object.assign(this, { labels, proposals: proposals ?? this.proposals, waits: pending });
    this.past.push(this.snapshot());
  }

  /** Saved: the device has it like this. */
  saved({ revision, phase, labels }) {
    Object.assign(this, { revision, phase, base: labels, proposals: [], waits: false });
    this.restart();
  }

  restart() {
    this.past = [this.snapshot()];
    this.future = [];
  }
  snapshot() { return structuredClone({ labels: this.labels, proposals: this.proposals }); }

  get tidied() { return this.labels.map((label) => tidy(label, this.frame)); }
  /** Whether the device does not have it like this. */
  get differs() { return !same(this.tidied, this.base.map((label) => tidy(label, this.frame))); }
  get boxes() { return this.labels.filter(({ bbox }) => bbox).length; }
  /** For what is offered at a frame's end. */
  get summary() {
    const { boxes, labels, proposals } = this;
    return { boxes, tags: labels.length - boxes, open: proposals.length, news: !this.waits && (this.phase === 'unlabelled' || this.differs) };
  }
  /** What is kept in the browser. */
  draft(pending, mine) {
    const phase = this.phase === 'unlabelled' ? 'labelled' : this.phase;
    return { revision: this.revision, phase, labels: this.tidied, proposals: this.proposals, pending, ...(mine && { mine }) };
  }

  /** A step that can be undone; `label`: the one that was changed, where it was one. */
  step(label) {
    // What was moved or renamed is no longer as the model proposed it.
    if (label?.origin === 'accepted') { delete label.origin; delete label.score; }
    this.past.push(this.snapshot());
    if (this.past.length > STEPS) this.past.shift();
    this.future = [];
  }
  get undoable() { return this.past.length > 1; }
  get redoable() { return this.future.length > 0; }
  undo() {
    this.future.push(this.past.pop());
    Object.assign(this, structuredClone(this.past.at(-1)));
  }
  redo() {
    this.past.push(this.future.pop());
    Object.assign(this, structuredClone(this.past.at(-1)));
  }

  /** Takes a proposal over as a label, in the form that `shape(category, bbox)` gives a box. */
  accept(proposal, shape) {
    this.proposals.splice(this.proposals.indexOf(proposal), 1);
    const { category, bbox, score } = proposal;
    if (!bbox && this.hasTag(category)) return null;
    const label = tidy({ ...(bbox ? shape(category, bbox) : { category }), origin: 'accepted', score }, this.frame);
    this.labels.push(label);
    return label;
  }

  hasTag(name) { return this.labels.some((l) => !l.bbox && l.category === name); }
  toggleTag(name) {
    const at = this.labels.findIndex((l) => !l.bbox && l.category === name);
    if (at >= 0) return void this.labels.splice(at, 1);
    this.labels.push({ category: name });
    const proposed = this.proposals.findIndex((p) => !p.bbox && p.category === name);
    if (proposed >= 0) this.proposals.splice(proposed, 1);
  }
}
