// What a newcomer brings, in a real browser, by touch: photographs, and a data set of another tool; from there to Train.
//
//   FIELDCOACH_URL       address of a daemon without a token (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It brings frames of its own making: run it on data that may change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { launch, phone, photograph } from './browser.mjs';

assert.ok(process.env.FIELDCOACH_URL, 'set FIELDCOACH_URL to the address of a running daemon');
const base = process.env.FIELDCOACH_URL.replace(/\/*$/, '/');
let browser, jpeg;

before(async () => {
  browser = await launch();
  jpeg = await photograph(base);
});
after(() => browser?.close());

/** A photograph of its own: the same picture with another remark in it. */
function own(remark) {
  const text = Buffer.from(remark);
  const segment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), text]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

/** A ZIP in which nothing is packed (APPNOTE 4.3). */
function zip(files) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(content)];
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crc32(bytes), 10);
    about.writeUInt32LE(bytes.length, 14);
    about.writeUInt32LE(bytes.length, 18);
    about.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), about, place, path);
    const part = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, path, bytes]);
    parts.push(part);
    at += part.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

const file = (name, buffer, mimeType) => ({ name, mimeType, buffer });

test('photographs and a data set of Roboflow come in, and lead to Train', { timeout: 120_000 }, async (t) => {
  const { page } = await phone(browser, t);
  await page.goto(`${base}#/device`, { waitUntil: 'domcontentloaded' });
  const report = page.locator('#import-report');

  const pictures = [0, 1, 2].map((n) => file(`IMG_${n}.jpg`, own(`photograph ${n} of ${Date.now()}`), 'image/jpeg'));
  await page.setInputFiles('#import-file', [...pictures, file('IMG_3.jpg', jpeg.subarray(0, 500), 'image/jpeg')]);
  await report.filter({ hasText: 'Taken in: 3 frames' }).waitFor();
  assert.match(await report.innerText(), /3 frames without labels/);
  assert.match(await report.innerText(), /IMG_3\.jpg: .*cut short/, 'what was refused is named');

  const set = { 'data.yaml': "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['cup', 'can']\n", 'README.dataset.txt': 'about' };
  for (let n = 0; n < 12; n += 1) {
    const side = n < 9 ? 'train' : 'valid';
    set[`${side}/images/belt_${n}_jpg.rf.${n}.jpg`] = own(`belt ${n} of ${Date.now()}`);
    set[`${side}/labels/belt_${n}_jpg.rf.${n}.txt`] = `${n % 2} 0.${30 + n} 0.5 0.2 0.3\n${n === 0 ? '1 40 50 60 70\n' : ''}`;
  }
  await page.setInputFiles('#import-file', file('belt.v1i.yolov8.zip', zip(set), 'application/zip'));
  await report.filter({ hasText: 'Taken in: 12 frames, 12 labels' }).waitFor();
  assert.match(await report.innerText(), /1 × .*shares of the picture, not pixels.*belt_0_jpg\.rf\.0\.txt, line 2/);

  await page.goto(`${base}#/train`);
  await page.tap('#start');
  await page.locator('#sheet-train:enabled').waitFor(); // once it is known what it will learn from
});
