import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sentences, translated } from '../../words/catalogue.ts';
import { device } from '../../words/de.ts';
import { server } from './server.ts';

test('what the server says is said in German, and what the devices say', () => {
  const known = sentences({ ...server, ...device });
  const said = (text: string) => translated(text, known);
  assert.equal(said('was not heard for 90 s'), '90 s lang nicht gehört');
  assert.equal(said('3 devices did not do it'), '3 Geräte haben ihn nicht ausgeführt');
  assert.equal(
    said('training 0198 is over: it failed: it took too long'),
    'Training 0198 ist zu Ende: gescheitert: it took too long',
  );
  assert.equal(said('the model is unsure: new at 52 %'), 'das Modell ist unsicher: new mit 52 %');
});

test('every sentence of the catalogue is one of the server', () => {
  const source = globSync('../../{fleet,mqtt}/**/*.rs')
    .map((path) => readFileSync(path, 'utf8').replace(/\\\n\s*/g, ''))
    .map((text) => text + text.replace(/\{\w*\}/g, ''))
    .join('\n');
  for (const sentence of Object.keys(server)) {
    for (const part of sentence.split(/(?:: )?\{[n+]?\}|`/))
      assert.ok(source.includes(part.trim()), `${sentence}: ${part}`);
  }
});
