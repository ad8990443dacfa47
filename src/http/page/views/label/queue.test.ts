import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '../../api/types.ts';
import { type Item, Queue } from './queue.ts';

const frame = (id: string): Frame => ({ id }) as Frame;
const item = (id: string): Item => ({ frame: frame(id), reason: 'new', proposals: [] });

/** A device with these frames, in slices of ten. */
function device(ids: string[], waits = new Set<string>()) {
  let asked = 0;
  const slice = async (before: string | undefined) => {
    asked += 1;
    const from = Number(before ?? 0);
    const next = from + 10 < ids.length ? String(from + 10) : null;
    return { items: ids.slice(from, from + 10).map(item), next };
  };
  const queue = new Queue({ slice, newest: slice, waits: (id) => waits.has(id) });
  /** Goes on, and finds that frame still to be done. */
  const step = async (): Promise<string | null> => {
    const to = await queue.next();
    if (to < 0) return null;
    queue.position = to;
    const id = queue.trail[to]?.frame.id ?? '';
    queue.mark(id, true);
    return id;
  };
  return { ids, queue, step, asked: () => asked };
}

const many = (n: number) => Array.from({ length: n }, (_, i) => `f${i}`);

test('every frame comes once, those that wait to be sent do not, and skipped ones come back in their order', async () => {
  const { step, asked } = device(many(900), new Set(['f100']));
  const seen: (string | null)[] = [];
  for (let i = 0; i < 899; i += 1) seen.push(await step());
  assert.equal(new Set(seen).size, 899);
  assert.ok(!seen.includes('f100'));
  assert.ok(asked() <= 91, `asked ${asked()} times`);
  assert.deepEqual([await step(), await step()], seen.slice(0, 2));
});

test('what came since comes before what was passed over', async () => {
  const { ids, step } = device(many(15));
  for (let i = 0; i < 15; i += 1) await step();
  ids.unshift('new');
  assert.deepEqual([await step(), await step()], ['new', 'f0']);
});

test('the last one stays, and none is left only when the device has none', async () => {
  const { ids, queue, step } = device(many(25));
  for (let i = 0; i < 25; i += 1) await step();
  const last = 'f24';
  for (const id of ids) if (id !== last) queue.mark(id, false);
  ids.splice(0, ids.length, last);
  assert.equal(await step(), last);
  // Behind many that were done here, and that this phone still has to send, one more is found.
  ids.splice(0, ids.length, ...many(25), 'hidden');
  queue.mark(last, false);
  assert.equal(await step(), 'hidden');
  ids.length = 0;
  queue.mark('hidden', false);
  assert.equal(await step(), null);
});

test('who goes back finds the way on again', async () => {
  const { queue, step } = device(many(5));
  await step();
  await step();
  queue.position -= 1;
  assert.equal(await step(), 'f1');
  const to = queue.insert(item('named'));
  assert.equal(queue.trail[to]?.frame.id, 'named');
  assert.equal(await step(), 'named');
});
