import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Box } from '../../api/types.ts';
import { hit } from './hit.ts';

const crate: Box = [100, 100, 200, 200];
const apple: Box = [150, 150, 40, 40];

test('the smallest box under the finger is meant, whatever lies over it', () => {
  assert.equal(hit([crate, apple], 160, 160, 0), 1);
  assert.equal(hit([apple, crate], 160, 160, 0), 0);
  assert.equal(hit([crate, apple], 110, 110, 0), 0);
});

test('a finger beside a small box means it, one far away means none, and tags have no place', () => {
  assert.equal(hit([null, apple], 200, 170, 15), 1);
  assert.equal(hit([null, apple], 230, 170, 15), -1);
  assert.equal(hit([null], 0, 0, 1000), -1);
});
