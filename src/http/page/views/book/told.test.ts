import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Epoch, Point } from './contract.ts';
import { countsOf, sumOf } from './fates.ts';
import { farOff, worstFirst } from './points.ts';

const point = (labels: string, more: Partial<Point> = {}): Point => {
  const count = (letter: string) => [...labels].filter((other) => other === letter).length;
  const counts = { found: count('f'), missed: count('m'), confused: count('c'), false: 0 };
  return { score: 0, loss: 1, confidence: 0, labels, ...counts, ...more };
};
const epoch = (n: number, ...points: (Point | null)[]): Epoch => ({ epoch: n, experiment: 'e', metrics: {}, points });

test('what was found and is no more is forgotten, whatever it is now', () => {
  const epochs = [epoch(1, point('fmff')), epoch(2, point('mmcf')), epoch(3, point('fmcm'))];
  assert.equal(countsOf(epochs, 0, 0)?.forgotten, 0);
  assert.equal(countsOf(epochs, 1, 0)?.forgotten, 2);
  assert.deepEqual(countsOf(epochs, 2, 0), { found: 1, missed: 2, confused: 1, false: 0, forgotten: 2 });
});

test('frames of which nothing is told count for nothing', () => {
  const old = { score: 0.5, loss: 1, confidence: 0.5 };
  const epochs = [epoch(1, old, null, point('fm', { false: 3 }))];
  const counts = [0, 1, 2].map((n) => countsOf(epochs, 0, n));
  assert.deepEqual(counts.slice(0, 2), [null, null]);
  assert.deepEqual(sumOf(counts), { found: 1, missed: 1, confused: 0, false: 3, forgotten: 0 });
  assert.equal(sumOf(counts.slice(0, 2)), null);
});

test('a frame that was not looked at is in no list', () => {
  const frames = (['validation', 'training', 'validation'] as const).map((split, n) => ({ id: `${n}`, split }));
  assert.deepEqual(worstFirst(frames, [point('f', { score: 1 }), null, point('m')], 'validation'), [2, 0]);
  assert.deepEqual(worstFirst(frames, [point('f'), null, point('m')], 'training'), []);
});

test('the far ones are those beyond the fence, and never among a few', () => {
  const near = Array.from({ length: 11 }, (_, n) => point('', { loss: 1 + n / 10 }));
  assert.deepEqual([...farOff(near)], []);
  assert.deepEqual([...farOff([...near, point('', { loss: 9 }), null])], [11]);
  assert.deepEqual([...farOff([...near.slice(0, 3), point('', { loss: 90 })])], []);
});
