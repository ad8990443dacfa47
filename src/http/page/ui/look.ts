// How one looks at a picture: how large, and at which part of it. In shares of the frame it is shown in, so that pictures
// of different sizes can share one look.

export interface Look {
  /** How many times larger than where all of it is seen: 1 to `MOST`. */
  times: number;
  /** Where the picture's left edge lies, in widths of the frame: never right of the frame's own. */
  x: number;
  /** The same for its top, in heights. */
  y: number;
}

export const FIT: Look = { times: 1, x: 0, y: 0 };
const MOST = 8;

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
const edge = (value: number, times: number) => within(value, 1 - times, 0);

/** `factor` times larger, with what lies at (`x`, `y`) of the frame, in shares of it, staying where it is. */
export function larger(look: Look, factor: number, x: number, y: number): Look {
  const times = within(look.times * factor, 1, MOST);
  const by = times / look.times;
  return { times, x: edge(x - (x - look.x) * by, times), y: edge(y - (y - look.y) * by, times) };
}

/** Moved by shares of the frame, as far as there is picture. */
export const moved = (look: Look, x: number, y: number): Look => ({
  times: look.times,
  x: edge(look.x + x, look.times),
  y: edge(look.y + y, look.times),
});
