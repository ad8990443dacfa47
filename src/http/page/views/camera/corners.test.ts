import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Corner, corner, middle, movedTo, points, split, without } from './corners.ts';

const three: Corner[] = [
  [0, 0],
  [1, 0],
  [0.5, 1],
];

test('a corner never leaves the picture', () => {
  assert.deepEqual(corner(-0.2, 1.7), [0, 1]);
  assert.deepEqual(movedTo(three, 1, [1.2, 0.25]), [
    [0, 0],
    [1, 0.25],
    [0.5, 1],
  ]);
});

test('a new corner lies half-way to the next one, also from the last to the first', () => {
  assert.deepEqual(split(three, 0)[1], [0.5, 0]);
  assert.deepEqual(split(three, 2)[3], [0.25, 0.5]);
  assert.deepEqual(without(split(three, 2), 3), three);
  assert.equal(points(three), '0,0 100,0 50,100');
  assert.deepEqual(middle(three), [0.5, 0.333]);
});
