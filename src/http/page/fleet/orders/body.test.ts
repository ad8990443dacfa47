import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device } from '../api/contract.ts';
import { bodyOf, inWords, setting } from './body.ts';

const typed = { model: '', setting: '', value: '' };

test('a setting goes as a part of the settings, its value as what it looks like', () => {
  assert.deepEqual(setting('live.fps', '3'), { live: { fps: 3 } });
  assert.deepEqual(setting(' camera.source ', 'scene'), { camera: { source: 'scene' } });
  assert.deepEqual(setting('train.auto', 'true'), { train: { auto: true } });
  assert.deepEqual(setting('live.floor', ''), { live: { floor: null } });
  for (const none of ['fps', 'live.', 'live.fps.x', '']) assert.equal(setting(none, '3'), null);
});

test('what a command needs is said before it is sent', () => {
  const device = { training: { id: 't' } } as Device;
  assert.deepEqual(bodyOf({ ...typed, command: 'train' }, []), {});
  assert.equal(bodyOf({ ...typed, command: 'deploy', model: 'the best' }, []), 'model');
  const model = '0198c6a0-0000-7000-8000-000000000000';
  assert.deepEqual(bodyOf({ ...typed, command: 'deploy', model: ` ${model}` }, []), { model });
  assert.equal(bodyOf({ ...typed, command: 'set', setting: 'fps' }, []), 'setting');
  assert.deepEqual(bodyOf({ ...typed, command: 'cancel' }, [device]), { training: 't' });
  assert.equal(bodyOf({ ...typed, command: 'cancel' }, [device, device]), 'training');
  assert.equal(bodyOf({ ...typed, command: 'cancel' }, [{ training: null } as Device]), 'training');
});

test('what goes with an order is told as it was typed', () => {
  assert.equal(inWords({ live: { fps: 3, floor: null } }), 'live.fps = 3, live.floor = null');
  assert.equal(inWords({}), '');
});
