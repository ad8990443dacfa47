import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device } from '../api/contract.ts';
import { ALL, counts, grouped, pick, read, written } from './filter.ts';

const device = (id: string, more: Partial<Device> = {}): Device => ({
  id,
  name: id,
  groups: [],
  state: 'online',
  last_seen: null,
  version: '1.0.0',
  model: null,
  training: null,
  disk: null,
  temperature: null,
  frames: null,
  labelled: null,
  waiting: null,
  cameras: [],
  alarms: [],
  picture_at: null,
  reach: 'paired',
  role: 'admin',
  unread: null,
  ...more,
});
const alarm = { kind: 'disk_low', about: null, since: '', words: 'only 120 MB left' } as const;
const ids = (devices: Device[]) => devices.map(({ id }) => id);

test('what is wrong comes first, then what trains, then names as people count', () => {
  const all = [
    device('cam-10'),
    device('cam-2'),
    device('gone', { state: 'offline' }),
    device('quiet', { state: 'silent' }),
    device('full', { alarms: [alarm] }),
    device('stranger', { reach: 'unknown_token' }),
    device('busy', { training: {} as NonNullable<Device['training']> }),
  ];
  assert.deepEqual(ids(pick(all, ALL)), ['full', 'quiet', 'gone', 'stranger', 'busy', 'cam-2', 'cam-10']);
  const { wrong, online, training } = counts(all);
  assert.deepEqual([wrong, online, training], [4, 5, 1]);
});

test('every word of the search is found, without regard to case and marks', () => {
  const all = [device('a', { name: 'Hühnerstall', groups: ['Barn 2'] }), device('b', { name: 'barn' })];
  assert.deepEqual(ids(pick(all, { ...ALL, search: 'huhn BARN' })), ['a']);
  assert.deepEqual(ids(pick([...all, device('c', { alarms: [alarm] })], { ...ALL, search: '120 mb' })), ['c']);
});

test('what a device did not say is neither the best nor the worst: it comes last', () => {
  const all = [device('unsaid'), device('hot', { temperature: 80 }), device('cool', { temperature: 20 })];
  assert.deepEqual(ids(pick(all, { ...ALL, sort: 'heat' })), ['hot', 'cool', 'unsaid']);
  const seen = [
    device('never'),
    device('late', { last_seen: '2026-01-02T00:00:00Z' }),
    device('early', { last_seen: '2026-01-01T00:00:00Z' }),
  ];
  assert.deepEqual(ids(pick(seen, { ...ALL, sort: 'seen' })), ['early', 'late', 'never']);
});

test('the address says what is listed, and no more than must be said', () => {
  assert.equal(written(ALL), '');
  const wanted = { ...ALL, show: 'wrong', group: 'barn & yard', grouped: true } as const;
  assert.deepEqual(read(new URLSearchParams(written(wanted))), wanted);
  assert.deepEqual(read(new URLSearchParams('show=nonsense&sort=')), ALL);
});

test('a device in two groups is under both, one in none last', () => {
  const rows = grouped([device('a', { groups: ['yard', 'barn'] }), device('b'), device('c', { groups: ['barn'] })]);
  assert.deepEqual(
    rows.map((row) => (row.head === null ? row.key : `${row.head}: ${row.devices.length}`)),
    ['barn: 2', 'barn/a', 'barn/c', 'yard: 1', 'yard/a', ': 1', '/b'],
  );
});
