import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNear, likenessOf, type Pixels } from './likeness.ts';

const picture = (width: number, height: number, of: (x: number, y: number) => number[]): Pixels => {
  const data: number[] = [];
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) data.push(...of(x, y), 255);
  return { width, height, data };
};
const thing = (left: number) =>
  picture(640, 480, (x, y) => (x >= left && x < left + 40 && y >= 200 && y < 240 ? [210, 60, 40] : [90, 100, 80]));
const near = (a: Pixels, b: Pixels) => isNear(likenessOf(a), likenessOf(b));

test('a picture with something else in it is no near copy, and one in which that hardly moved is', () => {
  const ground = picture(640, 480, () => [90, 100, 80]);
  assert.ok(near(ground, ground));
  assert.ok(!near(ground, thing(100)));
  assert.ok(!near(thing(100), thing(200)));
  assert.ok(near(thing(100), thing(108)));
});

// Of the picture below, as the device has them: src/picture/likeness.rs has the same.
const COARSE = [135, 169, 130, 155, 166, 154, 150, 140, 181, 140, 166, 124, 168, 151, 155, 133];
const DOTS = [
  [0, 0, 9],
  [0, 500, 162],
  [1, 333, 159],
  [1, 1023, 113],
  [2, 700, 166],
] as const;

test('dots are as the device has them', () => {
  const hill = picture(100, 70, (x, y) => [(x * 5 + y * 3) % 256, (x * y) % 256, 255 - x]);
  const { planes, coarse } = likenessOf(hill);
  assert.deepEqual(coarse, COARSE);
  for (const [plane, dot, value] of DOTS)
    assert.ok(Math.abs((planes[plane]?.[dot] as number) - value) <= 1, `${plane} ${dot}`);
});
