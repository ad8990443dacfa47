import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Model, Training } from '../../api/types.ts';
import { more as en } from '../../words/en.ts';
import { errs, finds, goodOf, ofFew, ofMetrics, told } from './tell.ts';

const w = en.train.tells;

test('few are told as they are, many out of ten or a hundred', () => {
  assert.deepEqual(ofFew(3, 7), [3, 7]);
  assert.deepEqual(ofFew(81, 100), [8, 10]);
  assert.deepEqual(ofFew(3, 300), [1, 100]);
  assert.deepEqual(ofFew(299, 300), [299, 300], 'nearly all is not all');
});

test('what a model finds and gets wrong is said without a metric', () => {
  assert.equal(finds(w, { found: 8, of: 10 }), 'finds 8 of 10');
  assert.equal(finds(w, { found: 7, of: 7 }), 'finds all 7');
  assert.equal(errs(w, { wrong: 0, boxes: 40 }), 'no box is wrong');
  assert.equal(errs(w, { wrong: 4, boxes: 40 }), '1 box in 10 is wrong');
  assert.equal(errs(w, { wrong: 30, boxes: 50 }), '6 of 10 boxes are wrong');
  assert.equal(errs(w, { wrong: 5, boxes: 5 }), 'all its boxes are wrong');
  assert.equal(told(w, ofMetrics({ recall: 0.8, precision: 0.9 })), 'finds 8 of 10; 1 box in 10 is wrong');
});

test('one that finds nothing is not praised for no wrong box', () => {
  assert.equal(told(w, ofMetrics({ recall: 0, precision: 0 })), 'finds nothing');
  assert.equal(told(w, { found: 0, of: 104, wrong: 0, boxes: 0 }), 'finds 0 of 104; it draws no box');
});

test('nearly all is not all, and shares are not counts', () => {
  assert.equal(told(w, ofMetrics({ recall: 0.997, precision: 0.998 })), 'finds 99 of 100; 1 box in 100 is wrong');
  assert.equal(told(w, ofMetrics({ recall: 1, precision: 1 })), 'finds everything; no box is wrong');
});

test('a model is told as the training that made it counted, else by its metrics', () => {
  const model = { id: 'm', metrics: { recall: 0.9, precision: 0.94 } } as Model;
  const outcome = { found: 94, of: 104, wrong: 8, boxes: 102 };
  assert.equal(told(w, goodOf(model, [{ winner: 'm', outcome } as Training])), told(w, outcome));
  assert.equal(told(w, goodOf(model, null)), 'finds 9 of 10; 1 box in 17 is wrong');
});
