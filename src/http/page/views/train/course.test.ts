import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Experiment, Metrics, Training } from '../../api/types.ts';
import { drawOn, onward, paths, secondsLeft } from './course.ts';

const at = (progress: number, note: string | null = null) => ({ progress, note }) as Training;
const tried = (id: string, epoch: number, ap50: number) =>
  ({ id, epoch, metrics: { ap50 } as Metrics }) as Pick<Experiment, 'id' | 'epoch' | 'metrics'>;

test('the bar goes back only where the training begins again', () => {
  assert.equal(onward(at(0.5), at(0.4)).progress, 0.5, 'news that was overtaken');
  assert.equal(onward(at(0.5), at(0.6)).progress, 0.6);
  assert.equal(onward(at(0.5), at(0, 'begun again')).progress, 0);
  const done = { ...at(1), state: 'done' } as Training;
  assert.equal(onward(done, at(0.9)), done, 'what is over stays over');
});

test('the countdown runs between news and ends at nothing', () => {
  assert.equal(secondsLeft(60, 1_000, 11_000), 50);
  assert.equal(secondsLeft(5, 1_000, 60_000), 0);
});

test('an experiment is a line over its epochs', () => {
  let lines = drawOn(new Map(), [tried('a', 1, 0.2), tried('b', 0, 0)]);
  lines = drawOn(lines, [tried('a', 2, 0.4), tried('b', 1, 0.1)]);
  lines = drawOn(lines, [tried('a', 2, 0.4), tried('b', 1, 0.1)]);
  assert.deepEqual(lines.get('a'), [
    { epoch: 0, good: 0 },
    { epoch: 1, good: 0.2 },
    { epoch: 2, good: 0.4 },
  ]);
  assert.equal(lines.get('b')?.length, 2);
});

test('what was not watched is not drawn as if it had been', () => {
  const dots = [
    { epoch: 0, good: 0 },
    { epoch: 5, good: 0.5 },
    { epoch: 6, good: 1 },
  ];
  assert.deepEqual(paths(dots, 10, 100, 100), { seen: 'M50.0 50.0L60.0 0.0', between: 'M0.0 100.0L50.0 50.0' });
});
