import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sentences, translated } from './catalogue.ts';
import { deMore, device } from './de.ts';

const known = sentences(device);
const said = (text: string) => translated(text, known);

test('what the device says is said in German, names and figures as they are', () => {
  assert.equal(said('the model is unsure: new at 52 %'), 'das Modell ist unsicher: new mit 52 %');
  assert.equal(said('begun by Eva: 2 labels to confirm'), 'begonnen von Eva: 2 Markierungen zu bestätigen');
  assert.equal(
    said('labelled by Eva; the model also sees 1 hen, and does not find 2 eggs'),
    'markiert von Eva; das Modell sieht außerdem 1 hen und findet nicht: 2 eggs',
  );
  assert.equal(
    said(
      'Kept, not live: finds 3 of 10 on 6 frames that it did not learn from; 9 of 10 boxes are wrong. Label 10 more frames, and train again.',
    ),
    'Behalten, nicht aktiv: findet 3 von 10 auf 6 Bildern, von denen es nicht gelernt hat; 9 von 10 Rahmen sind falsch. Noch 10 Bilder markieren und neu trainieren.',
  );
  assert.equal(
    said(
      "the ZIP: nothing of it can be taken in: pictures that can't be read (1: a.jpg: the JPEG is cut short: its end is missing; send the whole file again). label files that can't be read (7: b.xml; c.xml; and 5 more). Nothing was imported",
    ),
    'the ZIP: Nichts davon lässt sich übernehmen: Bilder, die sich nicht lesen lassen (1: a.jpg: Das JPEG ist abgeschnitten: Sein Ende fehlt; die ganze Datei noch einmal schicken). Dateien mit Markierungen, die sich nicht lesen lassen (7: b.xml; c.xml; und 5 weitere). Nichts wurde übernommen',
  );
  assert.equal(
    said(
      "this is a HEIC, as phones take them, which isn't read; save it as a JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)",
    ),
    'Das ist ein HEIC, wie Handys es aufnehmen, was nicht gelesen wird; als JPEG speichern (auf einem iPhone: Einstellungen, Kamera, Formate, Maximale Kompatibilität)',
  );
  assert.equal(said('a.jpg: 3 things'), 'a.jpg: 3 things');
  // What is only like one that is known stays as it is.
  for (const other of ['a sentence that nobody knows', 'only 120 MB left', 'all is well', 'one of many'])
    assert.equal(said(other), other);
});

test('every sentence of the catalogue is one of the device', () => {
  const source = globSync('../../**/*.rs')
    .map((path) => readFileSync(path, 'utf8').replace(/\\\n\s*/g, ''))
    .map((text) => text + text.replace(/\{\w*\}/g, ''))
    .join('\n');
  // Between gaps, counted things and the two kinds of marks the words are as in the source.
  const parts = (sentence: string) =>
    sentence.split(
      /\{[n+]?\}|\b(?:1 )?(?:frame|object|labelled frame)s?\b(?: is| are)?|\b(?:box|tag)(?:es|s)?\b|, most of all with `\{\}`/,
    );
  for (const sentence of Object.keys(device)) {
    for (const part of parts(sentence)) assert.ok(source.includes(part.trim()), `${sentence}: ${part}`);
  }
});

test('every kind that the report of an import tells of has its words, and no other', () => {
  const source = globSync('../../dataset/**/*.rs').map(
    (path) => readFileSync(path, 'utf8').split('#[cfg(test)]\nmod tests')[0] ?? '',
  );
  const kinds = source.flatMap((text) =>
    [...text.matchAll(/(?:Reason|Note)::(?:new|about)\(\s*"(\w+)"/g)].map(([, kind]) => kind),
  );
  assert.deepEqual(Object.keys(deMore.exchange.kinds).sort(), [...new Set(kinds)].sort());
});
