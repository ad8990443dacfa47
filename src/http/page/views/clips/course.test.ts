import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from './contract.ts';
import {
  accepted,
  type Course,
  cell,
  courses,
  dimmed,
  forgotten,
  fresh,
  gone,
  marked,
  nextAsk,
  type Still,
  said,
  saysSame,
  settled,
  speaksOf,
  stills,
} from './course.ts';

const box = (track: string, sure = true) =>
  ({ track, category: 'crate', bbox: [1, 2, 3, 4], origin: 'carried', score: 0.9, sure }) as const;
const answer = {
  clip: 'c',
  frames: [
    { frame: 'a', at: 0, revision: 0, phase: 'unlabelled', boxes: [box('one')] },
    { frame: 'b', at: 0.5, revision: 3, phase: 'labelled', boxes: [box('one', false), box('two')] },
    { frame: 'd', at: 1, revision: 0, phase: 'unlabelled', boxes: [] },
  ],
  tracks: [
    { track: 'one', category: 'crate', marks: { a: { box: [1, 2, 3, 4] } }, asks: [{ frame: 'b', why: 'doubtful' }] },
    { track: 'two', category: 'crate', marks: {}, asks: [{ frame: 'd', why: 'lost' }] },
  ],
  next: null,
  unseen: [],
  notes: [],
} as unknown as Answer;

test('an object that was carried anew takes its place, and the others stay', () => {
  const all = courses(answer, []);
  const alone = { ...answer, tracks: answer.tracks.slice(1), frames: [] } as Answer;
  const after = courses(alone, all);
  assert.deepEqual(
    after.map(({ track, boxes }) => [track, boxes.size]),
    [
      ['one', 2],
      ['two', 0],
    ],
  );
});

test('a frame is sure where all of its boxes are, and settled where nothing is asked', () => {
  const [order, all] = [stills(answer), courses(answer, [])];
  const cells = order.map((still) => cell(still, all, null));
  assert.deepEqual(
    cells.map(({ state, asked, key, labelled }) => [state, asked, key, labelled]),
    [
      ['sure', false, true, false],
      ['unsure', true, false, true],
      ['none', true, false, false],
    ],
  );
  assert.deepEqual(cells.map(settled), [true, false, false]);
});

test('a frame that waits for the answer to what is asked before it is not accepted, whatever else is in it', () => {
  const later = { frame: 'e', at: 1.5, revision: 0, phase: 'unlabelled', boxes: [box('one')], unknown: ['two'] };
  const more = { ...answer, frames: [...answer.frames, later] } as Answer;
  const own = cell(stills(more)[3] as Still, courses(more, []), null);
  assert.deepEqual([own.state, own.asked, own.waits, settled(own)], ['sure', false, true, false]);
});

test('a frame that the device could not look at is not accepted', () => {
  const order = dimmed(stills({ ...answer, unseen: [{ frame: 'b', detail: '' }] }), new Set(['a']));
  assert.deepEqual(
    order.map((still) => [still.unseen, settled(cell(still, [], null))]),
    [
      [true, false],
      [true, false],
      [false, true],
    ],
  );
});

test('what is missing is asked before what is in doubt', () => {
  const [order, all] = [stills(answer), courses(answer, [])];
  assert.deepEqual(nextAsk(order, all, 0), { frame: 'd', why: 'lost', track: 'two' });
  assert.equal(nextAsk(order, [], 0), null);
});

test('what is said of a frame counts at once', () => {
  const [one] = courses(answer, []);
  assert.ok(one);
  assert.equal(marked(one, { b: 'gone' }).boxes.has('b'), false);
  assert.deepEqual(marked(one, { d: { box: [5, 6, 7, 8] } }).boxes.get('d')?.bbox, [5, 6, 7, 8]);
  assert.equal(one.boxes.size, 2, 'and nothing of what was before is changed');
});

test('what was followed back to a frame is there again from the next one on', () => {
  const [order, all] = [stills(answer), courses(answer, [])];
  const [one, two] = all;
  assert.ok(one && two);
  assert.deepEqual(gone(two, order, 0), { a: 'gone', b: 'back' });
  // What is seen here, and goes, stays away.
  assert.deepEqual(gone(one, order, 0), { a: 'gone' });
  assert.deepEqual(gone(two, order, 2), { d: 'gone' });
  // Followed back to here as well, and wrongly so: what is drawn later still comes.
  const [three] = courses(
    { ...answer, tracks: [{ ...answer.tracks[1], track: 'one', marks: { d: { box: [1, 1, 9, 9] } } }] } as Answer,
    [],
  );
  assert.deepEqual(gone(three as Course, order, 0), { a: 'gone', b: 'back' });
  assert.deepEqual(gone(marked(three as Course, { a: 'gone', b: 'back' }), order, 1), { b: 'gone' });
  // Between two frames in which it was drawn it is gone until it is drawn.
  assert.deepEqual(gone(marked(three as Course, { a: { box: [1, 1, 9, 9] } }), order, 1), { b: 'gone' });
  // It was drawn there, which says so already.
  assert.deepEqual(gone(marked(two, { b: { box: [1, 1, 9, 9] } }), order, 0), { a: 'gone' });
});

test('names are free, and boxes are accepted as the device takes them', () => {
  const all = courses(answer, []);
  const draws = [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [255, 26, 27, 40],
  ];
  const draw = () => draws.shift() as number[];
  const name = fresh('Rote Äpfel', all, draw);
  assert.equal(name, 'rotepfel-bcdf');
  // One that is taken is not given again.
  const other = fresh('Rote Äpfel', [{ ...(all[0] as (typeof all)[number]), track: name }], draw);
  assert.match(other, /^rotepfel-[a-z2-9]{4}$/);
  assert.notEqual(other, name);
  assert.match(
    fresh('碗', all, (count) => crypto.getRandomValues(new Uint8Array(count))),
    /^object-/,
  );
  const kept = accepted(stills(answer).slice(1, 2), all);
  assert.deepEqual(Object.keys(kept.frames[0]?.boxes[0] ?? {}).includes('sure'), false);
  assert.deepEqual([kept.frames[0]?.revision, kept.frames[0]?.boxes.length, kept.tracks], [3, 2, ['one', 'two']]);
});

test('what is said of a frame is told without what was only carried, but where that is a label already', () => {
  const [order, all] = [stills(answer), courses(answer, [])];
  const [one] = all;
  assert.ok(one);
  const told = (course: typeof one) =>
    said(order, course).frames.map(({ boxes, marks, phase }) => [boxes.length, marks?.length, phase]);
  assert.deepEqual(told(one), [
    [0, 0, 'unlabelled'],
    [1, 0, 'unlabelled'],
    [0, 0, 'unlabelled'],
  ]);
  const more = marked(one, { a: { box: [1, 1, 9, 9] }, b: 'gone', d: 'back' });
  assert.deepEqual(told(more), [
    [1, 0, 'unlabelled'],
    [0, 1, 'unlabelled'],
    [0, 1, 'unlabelled'],
  ]);
  assert.deepEqual(
    [said(order, more).tracks, said(order, more).new, said(order, more, true).new],
    [['one'], [], ['one']],
  );
  assert.deepEqual(accepted(order, [more]).frames[1]?.marks, [{ track: 'one', mark: 'gone' }]);
});

test('an object that is forgotten is taken out where it was drawn or labelled, and nowhere else', () => {
  const [order, all] = [stills(answer), courses(answer, [])];
  const [one] = all;
  assert.ok(one);
  const { frames, tracks } = forgotten(order, one);
  assert.deepEqual(
    frames.map(({ frame, boxes, marks, phase }) => [frame, boxes.length, marks?.length, phase]),
    [
      ['a', 0, 0, 'unlabelled'],
      ['b', 0, 0, 'unlabelled'],
    ],
  );
  assert.deepEqual(tracks, ['one']);
});

test('what the device has of an object is told from what is said of it', () => {
  const [frame] = said(
    stills(answer).slice(0, 1),
    marked(courses(answer, [])[0] as Course, { a: { box: [5, 6, 7, 8] } }),
  ).frames;
  assert.ok(frame);
  const there = (bbox: number[], track: string) => ({ labels: [{ category: 'crate', bbox, track }] }) as never;
  assert.ok(saysSame(there([5.2, 6, 7, 8], 'one'), frame, ['one']));
  assert.ok(!saysSame(there([9, 6, 7, 8], 'one'), frame, ['one']));
  assert.ok(!saysSame(there([5, 6, 7, 8], 'two'), frame, ['one']));
  assert.ok(!saysSame({ labels: [], marks: [] }, frame, ['one']));
  const gone = said(stills(answer).slice(0, 1), marked(courses(answer, [])[0] as Course, { a: 'gone' })).frames[0];
  assert.ok(gone && saysSame({ labels: [], marks: [{ track: 'one', mark: 'gone' }] }, gone, ['one']));
  assert.ok(!saysSame({ labels: [], marks: [{ track: 'one', mark: 'back' }] }, gone, ['one']));
  assert.deepEqual(
    [['one'], ['two']].map((tracks) => speaksOf(there([5, 6, 7, 8], 'one'), tracks)),
    [true, false],
  );
});
