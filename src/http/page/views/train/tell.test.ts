import assert from 'node:assert/strict';
import { test } from 'node:test';
import { more as en } from '../../words/en.ts';
import { errs, finds, ofFew, ofMetrics } from './tell.ts';

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
  const told = ofMetrics({ recall: 0.8, precision: 0.9 });
  assert.equal(`${finds(w, told)}; ${errs(w, told)}`, 'finds 8 of 10; 1 box in 10 is wrong');
});

test('one that finds nothing is not praised for no wrong box', () => {
  assert.deepEqual(ofMetrics({ recall: 0, precision: 0 }), { found: 0, of: 100, wrong: 0, boxes: 0 });
});
