// Which frame comes next: the trail of frames visited, and behind its end the device's queue. No DOM, no requests of its own.
//
// Said to be empty only when the device has no frame without labels left but those that wait here to be sent.

const AHEAD = 12; // frames asked for at a time
const MOST = 500; // the device gives no more at once

/** A stop: `frame`, `proposals`, `reason` in words, and `open` while the frame was visited and has no labels yet. */
const stopOf = ({ frame, reason = '', proposals = [] }) => ({ frame, reason, proposals, open: false });

export class Queue {
  /**
   * `best(limit)`: the device's queue, `[{frame, reason, proposals}]`; `behind(before)`: all frames without labels, newest
   * first, `{items: [frame], next}`; `waits(id)`: whether labels of that frame wait here to be sent.
   */
  constructor(source) {
    this.source = source;
    this.clear();
  }

  clear() {
    Object.assign(this, { trail: [], position: -1, fresh: [], before: undefined });
  }

  at(id) { return this.trail.findIndex(({ frame }) => frame.id === id); }

  /** The next stop's place on the trail, which may be the present one when it is the last without labels; -1 when none is left. */
  async next() {
    if (this.position + 1 < this.trail.length) return this.position + 1;
    this.fresh = this.fresh.filter(({ frame }) => this.isFresh(frame));
    if (!this.fresh.length) await this.refill();
    let stop = this.fresh.shift() ?? this.skipped();
    if (!stop) {
      const here = this.trail[this.position];
      if (here?.open && !this.source.waits(here.frame.id)) return this.position;
      await this.refill(true); // before it is said that none is left
      stop = this.fresh.shift();
    }
    return stop ? this.trail.push(stop) - 1 : -1;
  }

  /** Puts a frame that was asked for by name behind the present one. */
  insert(frame, extra = {}) {
    this.trail.splice(this.position + 1, 0, stopOf({ frame, ...extra }));
    return this.position + 1;
  }

  /** What is known of a frame's labels: without any it comes back, last. */
  mark(id, open) {
    const stop = this.trail[this.at(id)];
    if (stop) stop.open = open;
    if (!open) this.fresh = this.fresh.filter(({ frame }) => frame.id !== id);
  }

  isFresh(frame) { return this.at(frame.id) < 0 && !this.source.waits(frame.id); }

  /** Fills `fresh`. `whole`: look through all frames again, not only through those that came since. */
  async refill(whole = false) {
    // As many more as were passed over: those are given again.
    const passed = this.trail.filter(({ open }) => open).length;
    const items = await this.source.best(Math.min(MOST, AHEAD + passed));
    this.fresh = items.filter(({ frame }) => this.isFresh(frame)).map(stopOf);
    const through = this.before === null;
    if (through) this.before = undefined;
    while (!this.fresh.length && this.before !== null) {
      const { items: frames, next } = await this.source.behind(this.before);
      this.before = through && !whole ? null : next ?? null;
      this.fresh = frames.filter((frame) => this.isFresh(frame)).map((frame) => stopOf({ frame, reason: 'not labelled yet' }));
    }
  }

  /** The frame passed over longest ago; taken out of the trail, to come again at its end. */
  skipped() {
    const index = this.trail.findIndex((stop, i) => stop.open && i !== this.position && !this.source.waits(stop.frame.id));
    if (index < 0) return null;
    if (index < this.position) this.position -= 1;
    return this.trail.splice(index, 1)[0];
  }
}
