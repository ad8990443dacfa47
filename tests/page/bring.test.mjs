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

/** The same picture with another segment in it. */
function withSegment(marker, content) {
  const head = Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

/** A photograph of its own: the same picture with another remark in it. */
const own = (remark) => withSegment(0xfe, Buffer.from(remark));

/** One that was taken with the phone held upright: EXIF says to turn it by a quarter. */
const held = () =>
  withSegment(0xe1, Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0', 'latin1'));
const HEIC = Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(900)]);

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

test('photographs and data sets of two tools come in, and lead to Train', { timeout: 240_000 }, async (t) => {
  const { page } = await phone(browser, t);
  await page.goto(`${base}#/device`, { waitUntil: 'domcontentloaded' });
  const report = page.locator('#import-report');

  const pictures = [0, 1, 2].map((n) => file(`IMG_${n}.jpg`, own(`photograph ${n} of ${Date.now()}`), 'image/jpeg'));
  const broken = file('IMG_3.jpg', jpeg.subarray(0, 500), 'image/jpeg');
  const turned = file(`IMG_4_${Date.now()}.jpg`, held(), 'image/jpeg');
  // Browsers do not know what these are.
  const others = [file('IMG_5.HEIC', HEIC, ''), file('labels.json', Buffer.from('{"images": []}'), 'application/json')];
  await page.setInputFiles('#import-file', [...pictures, broken, turned, ...others]);
  await report.filter({ hasText: 'Taken in: 4 frames' }).waitFor();
  assert.match(await report.innerText(), /4 frames without labels/);
  for (const named of [/IMG_3\.jpg: .*cut short/, /IMG_5\.HEIC: .*HEIC.*Most Compatible/, /labels\.json: .*JSON/])
    assert.match(await report.innerText(), named, 'what was refused is named');
  const frames = await (await fetch(`${base}api/v1/frames?source=upload&limit=5`)).json();
  const upright = frames.items.find(({ name }) => name === turned.name);
  const straight = frames.items.find(({ name }) => name === 'IMG_2.jpg');
  assert.deepEqual([upright.width, upright.height], [straight.height, straight.width], 'it was turned');

  // Brought again they are the same frames; what was told is there after the page was loaded anew.
  await page.setInputFiles('#import-file', [...pictures, turned]);
  await report.filter({ hasText: '4 frames were here already' }).waitFor();
  await page.reload({ waitUntil: 'domcontentloaded' });
  await report.filter({ hasText: '4 frames were here already' }).waitFor();

  const set = { 'data.yaml': "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['cup', 'can']\n", 'README.dataset.txt': 'about' };
  for (let n = 0; n < 12; n += 1) {
    const side = n < 9 ? 'train' : 'valid';
    set[`${side}/images/belt_${n}_jpg.rf.${n}.jpg`] = own(`belt ${n} of ${Date.now()}`);
    set[`${side}/labels/belt_${n}_jpg.rf.${n}.txt`] = `${n % 2} 0.${30 + n} 0.5 0.2 0.3\n${n === 0 ? '1 40 50 60 70\n' : ''}`;
  }
  // The task of CVAT is half done: of four pictures two were looked at.
  const cvat = {};
  const image = (n) => {
    cvat[`images/shelf_${n}.jpg`] = own(`shelf ${n} of ${Date.now()}`);
    const box = '<box label="can" occluded="0" xtl="10" ytl="10" xbr="60" ybr="50" z_order="0"></box>';
    return `<image id="${n}" name="shelf_${n}.jpg">${n < 2 ? box : ''}</image>`;
  };
  cvat['annotations.xml'] = `<annotations><version>1.1</version>${[0, 1, 2, 3].map(image).join('')}</annotations>`;
  // Both at once, each by itself.
  const zips = [file('belt.v1i.yolov8.zip', zip(set), 'application/zip'), file('shelf.zip', zip(cvat), '')];
  await page.setInputFiles('#import-file', zips);
  await report.filter({ hasText: 'Taken in: 16 frames, 14 labels' }).waitFor();
  assert.match(await report.innerText(), /1 × .*shares of the picture, not pixels.*belt_0_jpg\.rf\.0\.txt, line 2/);
  assert.match(await report.innerText(), /2 frames have nothing in them/);
  await page.tap('#import-again');
  await report.filter({ hasText: '16 frames were here already' }).waitFor();

  await page.goto(`${base}#/train`);
  await page.tap('#start');
  await page.tap('#sheet-train:enabled'); // once it is known what it will learn from
  await page.locator('#sheet-train').waitFor({ state: 'detached' });
  const [training] = (await (await fetch(`${base}api/v1/trainings?limit=1`)).json()).items;
  assert.ok(['queued', 'preparing', 'training'].includes(training.state), training.state);
  await fetch(`${base}api/v1/trainings/${training.id}`, { method: 'DELETE' });
});
