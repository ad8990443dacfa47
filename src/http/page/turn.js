// A frame's turn, from being asked for to being saved: what may be done with it, and what is offered. No DOM.

/** Save does nothing for so long after a frame came into view, ms: a second tap was meant for the frame before. */
export const DEAF = 600;
/** For so long what was saved can be taken back, ms. */
export const UNDO = 5000;

/** `loading` until the frame is painted, `deaf` to Save for a moment, then `ready`; `saving` until the device has answered. */
export class Turn {
  /** `changed()` after each change of state. */
  constructor(changed) {
    this.state = 'loading';
    this.changed = changed;
  }

  /** Whether the frame in view may be edited. */
  get editable() { return this.state === 'deaf' || this.state === 'ready'; }

  to(state) {
    clearTimeout(this.timer);
    this.state = state;
    if (state === 'deaf') this.timer = setTimeout(() => this.to('ready'), DEAF);
    this.changed();
  }

  painted() { if (this.state === 'loading') this.to('deaf'); }
}

/**
 * What may be said of a frame. `boxes`, `tags`: how many labels; `open`: proposals neither taken nor refused; `news`: whether
 * the device does not have it like this; `unsettled`: a conflict, or a box without a category, comes first.
 */
export function offer({ boxes, tags, open, news, unsettled }) {
  const labels = boxes + tags;
  return {
    save: Boolean(labels && news && !unsettled),
    // Proposals that are neither taken nor refused are dropped with the frame: the button says so.
    text: labels && open ? `Save ${labels}, leave ${open} out` : 'Save & next',
    nothing: !labels && !open && news && !unsettled,
  };
}

/** Why Save does nothing, for who presses it; null while a frame is only just coming. */
export function refusal({ boxes, tags, open, news, unsettled }, waits) {
  if (unsettled) return unsettled;
  if (waits) return 'Saved on this phone already; it is sent as soon as the device answers.';
  if (!news) return 'Nothing was changed here.';
  if (boxes + tags) return null;
  return open ? 'Take the proposals that are right first, or say that none is.' : 'Draw a box first, or say that nothing is here.';
}
