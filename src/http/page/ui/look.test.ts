import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIT, larger, moved } from './look.ts';

/** Which part of the picture lies at a place of the frame. */
const at = ({ times, x }: { times: number; x: number }, place: number) => (place - x) / times;

test('what lies under the fingers stays there', () => {
  const once = larger(FIT, 2, 0.7, 0.3);
  assert.equal(at(once, 0.7).toFixed(9), '0.700000000');
  const twice = larger(once, 1.5, 0.2, 0.2);
  assert.equal(at(twice, 0.2).toFixed(9), at(once, 0.2).toFixed(9));
});

test('no place of the frame is ever without picture, and there is an end to largeness', () => {
  const most = larger(larger(FIT, 100, 0.5, 0.5), 100, 0.5, 0.5);
  assert.equal(most.times, 8);
  assert.deepEqual(moved(most, 100, -100), { times: 8, x: 0, y: -7 });
  assert.deepEqual(larger(moved(most, 100, -100), 0.001, 0.9, 0.9), FIT);
});
