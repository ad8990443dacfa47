// The corners of an area, as shares of the picture's width and height.

export type Corner = [number, number];

/** As many as make an area. */
export const LEAST = 3;
/** A share as it is written down: a tenth of a percent is finer than a finger. */
const fine = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * 1000) / 1000;
export const corner = (x: number, y: number): Corner => [fine(x), fine(y)];

/** With the corner at `at` somewhere else. */
export const movedTo = (corners: Corner[], at: number, [x, y]: Corner): Corner[] =>
  corners.map((other, n) => (n === at ? corner(x, y) : other));

/** With one more, half-way from the corner at `at` to the one after it. */
export function split(corners: Corner[], at: number): Corner[] {
  const [from, to] = [corners[at], corners[(at + 1) % corners.length]];
  if (!from || !to) return corners;
  return corners.toSpliced(at + 1, 0, corner((from[0] + to[0]) / 2, (from[1] + to[1]) / 2));
}

export const without = (corners: Corner[], at: number): Corner[] => corners.filter((_, n) => n !== at);

/** To begin with where nobody taps. */
export const MIDDLE: Corner[] = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.75, 0.75],
  [0.25, 0.75],
];

/** For an SVG of 100 × 100. */
export const points = (corners: readonly (readonly number[])[]): string =>
  corners.map(([x = 0, y = 0]) => `${x * 100},${y * 100}`).join(' ');

/** About the middle of an area: where its name goes. */
export function middle(corners: readonly (readonly number[])[]): Corner {
  const along = (axis: 0 | 1) => corners.reduce((sum, at) => sum + (at[axis] ?? 0), 0) / Math.max(1, corners.length);
  return corner(along(0), along(1));
}
