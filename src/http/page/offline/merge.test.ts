import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Label } from '../api/types.ts';
import { equal, merge } from './merge.ts';

const box = (category: string, x: number, y = 0, side = 100): Label => ({ category, bbox: [x, y, side, side] });
const tag = (category: string): Label => ({ category });

test('what either added is kept, once', () => {
  const base = [box('cat', 0)];
  const merged = merge(base, [...base, box('cat', 300), tag('wet')], [...base, box('dog', 600), tag('wet')]);
  assert.ok(equal(merged.labels, [box('cat', 0), box('dog', 600), tag('wet'), box('cat', 300)]));
  assert.deepEqual(merged.disputes, []);
});

test('the same object drawn twice is one', () => {
  const merged = merge([], [box('cat', 5)], [box('cat', 0)]);
  assert.ok(equal(merged.labels, [box('cat', 0)]));
  assert.deepEqual(merged.disputes, []);
});

test('what either took away stays away', () => {
  const base = [box('cat', 0), box('cat', 300), box('cat', 600)];
  const merged = merge(base, [box('cat', 0), box('cat', 600)], [box('cat', 0), box('cat', 300)]);
  assert.ok(equal(merged.labels, [box('cat', 0)]));
});

test('a box that one moved and the other left is moved; one that both moved apart is disputed', () => {
  const base = [box('cat', 0)];
  assert.ok(equal(merge(base, [box('cat', 20)], base).labels, [box('cat', 20)]));
  assert.ok(equal(merge(base, base, [box('cat', 20)]).labels, [box('cat', 20)]));
  const both = merge(base, [box('cat', 25)], [box('cat', -10)]);
  assert.ok(equal(both.labels, [box('cat', -10)]));
  assert.deepEqual(both.disputes, [{ mine: box('cat', 25), theirs: box('cat', -10) }]);
});

test('two names for one object are disputed', () => {
  const merged = merge([], [box('dog', 0)], [box('cat', 0)]);
  assert.ok(equal(merged.labels, [box('cat', 0)]));
  assert.deepEqual(merged.disputes, [{ mine: box('dog', 0), theirs: box('cat', 0) }]);
});

test('neighbours that hardly overlap are two', () => {
  const merged = merge([], [box('cat', 60)], [box('cat', 0)]);
  assert.equal(merged.labels.length, 2);
});
