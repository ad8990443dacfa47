// Whether a picture shows anything new: as the device tells near copies (src/picture/likeness.rs, where it is measured), so that
// it is the same who reads a film. No browser is needed.

/** Pixels in rows, four bytes each: red, green, blue and one that does not count. */
export interface Pixels {
  width: number;
  height: number;
  data: ArrayLike<number>;
}

/** The picture in 32 × 32 dots of three colours, and the means of its 16 blocks. */
export interface Likeness {
  planes: Uint8Array[];
  coarse: number[];
}

const SIDE = 32;
const BLOCK = 8;
/** How far a colour, and the mean of a block, may lie outside. */
const [SHADES, COARSE] = [24, 16];

export function likenessOf(pixels: Pixels): Likeness {
  const [columns, rows] = [weights(pixels.width), weights(pixels.height)];
  const planes = [0, 1, 2].map((colour) => shrunk(pixels, colour, columns, rows));
  const coarse = Array.from({ length: (SIDE / BLOCK) ** 2 }, (_, block) => {
    const [top, left] = [Math.floor(block / (SIDE / BLOCK)) * BLOCK, (block % (SIDE / BLOCK)) * BLOCK];
    let sum = 0;
    for (const plane of planes)
      for (let y = top; y < top + BLOCK; y += 1)
        for (let x = left; x < left + BLOCK; x += 1) sum += plane[y * SIDE + x] as number;
    return Math.floor(sum / (3 * BLOCK * BLOCK));
  });
  return { planes, coarse };
}

export function isNear(one: Likeness, other: Likeness): boolean {
  const coarse = one.coarse.every((mean, i) => Math.abs(mean - (other.coarse[i] as number)) <= COARSE);
  return coarse && holds(one, other) && holds(other, one);
}

/** Whether each dot of the other lies between the nine around its place. */
function holds(one: Likeness, other: Likeness): boolean {
  return one.planes.every((plane, colour) => {
    const [least, greatest] = [spread(plane, Math.min), spread(plane, Math.max)];
    const seen = other.planes[colour] as Uint8Array;
    return seen.every((dot, i) => dot >= (least[i] as number) - SHADES && dot <= (greatest[i] as number) + SHADES);
  });
}

function spread(plane: Uint8Array, pick: (...all: number[]) => number): number[] {
  const from = (place: number) => plane[place] as number;
  const row = Array.from(plane, (dot, i) =>
    pick(i % SIDE ? from(i - 1) : dot, dot, (i + 1) % SIDE ? from(i + 1) : dot),
  );
  return row.map((dot, i) => pick(row[i - SIDE] ?? dot, dot, row[i + SIDE] ?? dot));
}

interface Taps {
  first: number;
  shares: number[];
}

/** What each of 32 dots takes of a side: a triangle as wide as the step. */
function weights(length: number): Taps[] {
  const step = length / SIDE;
  const reach = Math.max(1, step);
  return Array.from({ length: SIDE }, (_, dot) => {
    const middle = (dot + 0.5) * step;
    const first = Math.max(0, Math.floor(middle - reach));
    const end = Math.min(length, Math.ceil(middle + reach));
    const shares = Array.from({ length: end - first }, (_, i) =>
      Math.max(0, 1 - Math.abs(first + i + 0.5 - middle) / reach),
    );
    const sum = shares.reduce((all, share) => all + share, 0);
    return { first, shares: shares.map((share) => share / sum) };
  });
}

function shrunk({ width, height, data }: Pixels, colour: number, columns: Taps[], rows: Taps[]): Uint8Array {
  const narrow = new Float32Array(SIDE * height);
  for (let y = 0; y < height; y += 1) {
    for (const [x, { first, shares }] of columns.entries()) {
      let sum = 0;
      let at = (y * width + first) * 4 + colour;
      for (const share of shares) {
        sum += share * (data[at] as number);
        at += 4;
      }
      narrow[y * SIDE + x] = sum;
    }
  }
  const plane = new Uint8Array(SIDE * SIDE);
  for (const [y, { first, shares }] of rows.entries())
    for (let x = 0; x < SIDE; x += 1) {
      let sum = 0;
      for (const [i, share] of shares.entries()) sum += share * (narrow[(first + i) * SIDE + x] as number);
      plane[y * SIDE + x] = Math.round(sum);
    }
  return plane;
}
