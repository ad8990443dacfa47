import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lettersOf } from './letters.ts';

test('every name has a mark of its own, its first letter where that is free', () => {
  assert.deepEqual([...lettersOf(['WBC', 'RBC', 'Platelets', 'red wine']).values()], ['W', 'R', 'P', 'E']);
  const many = Array.from({ length: 100 }, (_, i) => `object ${i}`);
  const marks = [...lettersOf(many).values()];
  assert.equal(new Set(marks).size, 100);
  assert.ok(marks.every((mark) => mark.length <= 3));
  assert.deepEqual([...lettersOf(['Ñandú', '♥']).values()], ['Ñ', '2']);
});
