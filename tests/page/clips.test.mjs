// Clips in a real browser, by touch, against a running daemon: a film comes in, its objects are drawn in a few pictures, and
// all of its frames have labels.
//
//   FIELDCOACH_URL       address of a daemon without a token (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//   FIELDCOACH_SHOTS     a folder for pictures of the views; none unless said otherwise
//
// It needs ffmpeg, to make the film. It stores and labels frames of its own making: run it on data that may change.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { between, eventually, launch, phone as newPhone, photograph } from './browser.mjs';
import { judged, label, painted, placeIn, quick } from './clipping.mjs';
import { api, base } from './daemon.mjs';

const [WIDTH, HEIGHT, SECONDS] = [640, 480, 8];
// Parcels with a card and a stamp, moved over a picture of the camera; pixels, and pixels a second.
const THINGS = [
  { size: [110, 90], from: [-150, 60], speed: 95, inks: ['orange', 'white', 'brown'] },
  { size: [90, 120], from: [60, 300], speed: 40, inks: ['teal', 'yellow', 'navy'] },
  { size: [120, 80], from: [500, 190], speed: -62, inks: ['purple', 'pink', 'black'] },
];
/** Share of a thing that has to be seen for it to count. */
const SEEN = 0.4;

/** What of a thing is seen at a time. */
function boxAt({ size: [w, h], from: [x, y], speed }, at) {
  const left = x + speed * at;
  const [l, r] = [Math.max(0, left), Math.min(WIDTH, left + w)];
  return r - l < SEEN * w ? null : [l, y, r - l, h];
}

let browser, dir, film;

before(async () => {
  browser = await launch();
  dir = mkdtempSync(join(tmpdir(), 'fieldcoach-clips-'));
  film = join(dir, 'belt.webm');
  const picture = join(dir, 'scene.jpg');
  writeFileSync(picture, await photograph(base));
  const box = (x, y, w, h, ink) => `drawbox=x=${x}:y=${y}:w=${w}:h=${h}:color=${ink}:t=fill`;
  const parcels = THINGS.map(({ size: [w, h], inks: [paper, card, stamp] }, i) => {
    const parts = [box(0, 0, w, h, paper), box(12, 14, w / 2, h / 3, card), box(w - 40, h - 36, 26, 22, stamp)];
    return `[s${i}]crop=${w}:${h}:0:0,${parts.join()},drawbox=color=${stamp}:t=3[t${i}]`;
  });
  const over = THINGS.map((thing, i) => `[b${i}][t${i}]overlay=x='${thing.from[0]}+${thing.speed}*t':y=${thing.from[1]}[b${i + 1}]`);
  const graph = [
    `[0]scale=${WIDTH}:${HEIGHT},split=${THINGS.length + 1}[g]${THINGS.map((_, i) => `[s${i}]`).join('')}`,
    '[g]hflip,eq=brightness=-0.05[b0]',
    ...parcels,
    ...over,
  ].join(';');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-loop', '1', '-framerate', '10', '-t', String(SECONDS), '-i', picture, '-filter_complex', graph, '-map', `[b${THINGS.length}]`, '-pix_fmt', 'yuv420p', '-c:v', 'libvpx', '-b:v', '3M', film]);
  if (!(await api('categories')).items.some(({ name }) => name === 'parcel')) {
    await api('categories', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'parcel' }) });
  }
});
after(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});

const shots = process.env.FIELDCOACH_SHOTS;
const shot = (page, name) => shots && page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });

async function open(t, hash, more) {
  const own = await newPhone(browser, t, more);
  await own.page.goto(base + hash, { waitUntil: 'domcontentloaded' });
  return own;
}

const framesOf = async (clip) => (await api(`clips/${clip}/frames?limit=500`)).items;

/** The clip that a film became, chosen on the phone. */
async function brought(page, path) {
  await page.locator('#film-choose').setInputFiles(path);
  const address = await page.waitForFunction(() => /#\/clips\/(.+)/.exec(location.hash)?.[1], null, { timeout: 120_000 });
  return address.jsonValue();
}

/** Does what has the device carry something, and waits until it has, and the page shows it. */
async function carried(page, act) {
  await Promise.all([page.waitForResponse((answer) => answer.url().endsWith('/carry'), { timeout: 60_000 }), act()]);
  await page.waitForFunction(() => document.querySelector('#clip-accept')?.disabled === false, null, { timeout: 60_000 });
}

test('a film of three objects has labels in all frames after a dozen touches', { timeout: 240_000 }, async (t) => {
  const { page, complaints, drag } = await open(t, '#/library');
  await page.tap('#library-clips');
  await page.locator('#film-choose').waitFor({ state: 'attached' });
  const clip = await brought(page, film);
  const frames = await framesOf(clip);
  assert.equal(frames.length, SECONDS * 2);
  assert.deepEqual(frames.map((frame) => frame.clip.at), frames.map((_, n) => n * 0.5));

  const things = THINGS.map((thing) => (frame) => boxAt(thing, frame.clip.at));
  const labelled = { frames, size: [WIDTH, HEIGHT], things };
  const { touches } = await label(page, quick(page, drag), labelled, { category: 'parcel', say: (text) => t.diagnostic(text) });
  await shot(page, 'clip-sure');
  const all = await Promise.all(frames.map(async (frame) => api(`frames/${frame.id}/labels`)));
  for (const { labels, phase } of all) {
    if (phase === 'labelled') assert.ok(labels.every(({ track, origin }) => track.startsWith('parcel-') && origin !== 'accepted'));
  }
  const { mean, missed, count } = judged(labelled, all.map(({ labels }) => labels));
  t.diagnostic(`${touches} touches, ${count} boxes, mean IoU ${mean.toFixed(3)}, ${missed} missed`);
  assert.ok(touches <= 12, `${touches} touches`);
  assert.ok(mean >= 0.8, `mean IoU ${mean}`);
  assert.ok(missed < 0.05 * count, `${missed} of ${count} missed`);

  // It is all one act, with one way back.
  await page.tap('#undo-go');
  await page.locator('#banner:has-text("as it was")').waitFor();
  const after = await Promise.all(frames.map(async (frame) => api(`frames/${frame.id}/labels`)));
  assert.ok(after.every(({ phase, labels }) => phase === 'unlabelled' && labels.every(({ origin }) => !origin || origin === 'drawn')), 'what was drawn is a draft again');
  // Forgotten, nothing is left of an object, here and on the device; and it has a way back.
  const chips = page.locator('#clip-objects .chip', { hasText: 'parcel-' });
  const drawn = async () => (await Promise.all(frames.map(async (frame) => (await api(`frames/${frame.id}/labels`)).labels))).flat().length;
  const before = await drawn();
  for (const back of [true, false, false, false]) {
    const count = await chips.count();
    await chips.first().tap();
    await page.tap('#clip-forget');
    await eventually(async () => assert.equal(await chips.count(), count - 1));
    await page.locator('#undo-bar:has-text("is forgotten")').waitFor();
    if (!back) continue;
    await page.tap('#undo-go');
    await page.locator('#banner:has-text("as it was")').waitFor();
    await eventually(async () => assert.equal(await chips.count(), count));
    assert.equal(await drawn(), before);
  }
  await eventually(async () => assert.equal(await drawn(), 0));
  // The clip is in the list, with its name.
  await page.tap('#clips-back');
  await page.locator(`[data-clip="${clip}"]:has-text("belt.webm")`).waitFor();
  await shot(page, 'clips');
  assert.deepEqual(complaints, []);
});

test('what is gone is gone, what is corrected counts, and the clip is found as it was left', { timeout: 120_000 }, async (t) => {
  const [{ id: clip }] = (await api('clips')).items;
  const frames = await framesOf(clip);
  const { page, drag } = await open(t, `#/clips/${clip}`);
  const place = async (at) => (await placeIn(page, [WIDTH, HEIGHT]))(at);
  const goTo = async (number, own = page) => {
    await own.locator('#clip-strip').fill(String(number));
    await own.waitForFunction((id) => document.querySelector('#clip-board').dataset.frame === id, frames[number].id);
    await painted(own);
  };
  await page.locator('#clip-objects .chip:has-text("New:"):has-text("parcel")').tap();
  await goTo(8);
  const thing = THINGS[1];
  const [x, y, w, h] = boxAt(thing, frames[8].clip.at);
  const [from, to] = [await place([x, y]), await place([x + w, y + h])];
  await carried(page, () => drag(between(from, to)));
  const name = /parcel-[a-z0-9]{4}/.exec(await page.locator('#clip-objects .chip[aria-pressed=true]').innerText())[0];
  // It is moved where it is in hand: by 12 pixels to the right.
  const middle = [x + w / 2, y + h / 2];
  const [grip, there] = [await place(middle), await place([middle[0] + 12, middle[1]])];
  await carried(page, () => drag(between(grip, there, 12)));
  await goTo(12);
  await carried(page, () => page.tap('#clip-gone'));
  await page.locator('#clip-gone:has-text("Back here")').waitFor();
  // What was said is kept as it is said: after a reload, and on another phone, it is there before anything is accepted.
  const told = async (number) => api(`frames/${frames[number].id}/labels`);
  await eventually(async () => assert.deepEqual((await told(12)).marks, [{ track: name, mark: 'gone' }]));
  const isGone = async (own) => {
    await own.locator('#clip-objects .chip', { hasText: name }).tap();
    await goTo(12, own);
    await own.locator('#clip-gone:has-text("Back here")').waitFor();
    assert.equal(await own.locator('#clip-objects .chip', { hasText: 'parcel-' }).count(), 1);
  };
  await page.reload();
  await isGone(page);
  const kept = await told(8);
  assert.equal(kept.phase, 'unlabelled');
  assert.ok(Math.abs(kept.labels[0].bbox[0] - x - 12) < 3, `${kept.labels[0].bbox}`);
  assert.equal((await told(9)).labels.length, 0, 'and nothing that was only carried');
  await page.tap('#clip-accept');
  await page.locator('#undo-bar:has-text("frames labelled")').waitFor();
  const boxes = await Promise.all(frames.map(async (frame) => (await api(`frames/${frame.id}/labels`)).labels));
  assert.deepEqual(boxes.map((labels) => labels.length).slice(11), [1, 0, 0, 0, 0]);
  assert.ok(Math.abs(boxes[8][0].bbox[0] - x - 12) < 3, `${boxes[8][0].bbox}`);
  assert.equal(boxes[9][0].origin, 'carried');
  // Another phone sees what was accepted.
  const other = await open(t, `#/clips/${clip}`);
  await other.page.locator('#clip-objects .chip', { hasText: name }).waitFor();
  await other.page.locator('#clip-said:has-text("All is sure")').waitFor();
  await isGone(other.page);
  const [{ id: way }] = (await api('undo')).items;
  await api(`undo/${way}`, { method: 'POST' });
  assert.equal((await told(9)).labels.length, 0);
});

test('a film that the browser can not read goes to the device, and what is none is refused in words', { timeout: 120_000 }, async (t) => {
  const { page } = await open(t, '#/clips');
  await page.locator('#film-choose').waitFor({ state: 'attached' });
  const other = join(dir, 'belt.avi');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', film, '-t', '3', '-c:v', 'mpeg2video', '-q:v', '3', other]);
  const clip = await brought(page, other);
  assert.ok((await framesOf(clip)).length >= 5);
  await page.tap('#clips-back');
  const none = join(dir, 'none.mp4');
  writeFileSync(none, readFileSync(new URL(import.meta.url)));
  await page.locator('#film-choose').setInputFiles(none);
  await page.locator('#banner:not([hidden])').waitFor();
  await page.locator('#film-choose').waitFor({ state: 'attached' });
});

test('of a film that the phone reads it sends what the device would take, whenever its times begin and whatever stands still', { timeout: 480_000 }, async (t) => {
  const made = (name, ...how) => {
    const path = join(dir, name);
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...how, path]);
    return path;
  };
  const vp8 = ['-c:v', 'libvpx', '-b:v', '3M'];
  const whole = made('whole.mp4', '-i', film, '-t', '6', '-c:v', 'libx264', '-g', '30', '-pix_fmt', 'yuv420p');
  const films = {
    'begins at 5 s': made('late.webm', '-itsoffset', '5', '-i', made('part.webm', '-i', film, '-t', '4', '-c', 'copy'), '-c', 'copy', '-copyts'),
    'an empty edit': made('late.mp4', '-itsoffset', '3', '-i', whole, '-c', 'copy', '-copyts'),
    'cut by an edit list': made('cut.mp4', '-ss', '1.55', '-i', whole, '-c', 'copy'),
    'no steady rate': made('rate.webm', '-i', film, '-vf', "select='lt(t,2)+gte(t,4.5)'", '-fps_mode', 'vfr', ...vp8),
    'a still stretch': made('still.webm', '-i', film, '-vf', 'loop=loop=30:size=1:start=20', ...vp8),
  };
  const { page } = await open(t, '#/clips');
  for (const [name, path] of Object.entries(films)) {
    const ways = page.waitForRequest((request) => request.method() === 'POST' && /\/(frames|clips)\?/.test(request.url()));
    const own = await framesOf(await brought(page, path));
    assert.match((await ways).url(), /\/frames\?/, `${name}: the phone reads it itself`);
    await page.tap('#clips-back');
    const { clip } = await api('clips', { method: 'POST', body: readFileSync(path) });
    await eventually(async () => assert.equal((await api(`clips/${clip}/import`)).state, 'done'));
    const theirs = await framesOf(clip);
    const times = (frames) => frames.map((frame) => Math.round(frame.clip.at * 1e3) / 1e3);
    t.diagnostic(`${name}: ${times(own).join(' ')}`);
    assert.deepEqual(times(own), times(theirs), name);
  }
});

test('a film can be stopped, and what had come of it is there', { timeout: 120_000 }, async (t) => {
  const { page } = await open(t, '#/clips', { locale: 'de-DE' });
  await page.locator('#film-choose').setInputFiles(film);
  await page.locator('#film-way [role=status]', { hasText: /Bild [2-9] von/ }).waitFor();
  await shot(page, 'film-way-de');
  await page.tap('#film-stop');
  await page.locator('#banner:has-text("Angehalten")').waitFor();
  const [{ frames }] = (await api('clips')).items;
  assert.ok(frames >= 2 && frames < SECONDS * 2, `${frames}`);
  await page.locator('#clips-list .clip').first().filter({ hasText: `${frames} Bilder` }).waitFor();
  await shot(page, 'clips-de');
  await page.locator('#clips-list .clip').first().tap();
  await page.locator('#clip-said:has-text("Einen Rahmen um einen Gegenstand")').waitFor();
  await painted(page);
  await shot(page, 'clip-de');
});

test('the camera of the device films at a press, seconds run, and it can be stopped', { timeout: 120_000 }, async (t) => {
  const { page } = await open(t, '#/clips');
  const before = (await api('clips')).items.length;
  await page.tap('#film-main');
  await page.locator('#filming-main [role=status]', { hasText: /Filming: [1-9]\d* of 60 s, [2-9]\d* frames/ }).waitFor({ timeout: 60_000 });
  await shot(page, 'filming');
  // It goes on, and is told, wherever one is.
  await page.goto(`${base}#/camera`);
  await page.locator('#filming-main').waitFor();
  await shot(page, 'filming-camera');
  await page.tap('#film-end-main');
  await page.locator('#filmed-main', { hasText: /Filmed: \d+ frames/ }).waitFor();
  await shot(page, 'filmed-camera');
  const { items: [clip, ...more] } = await api('clips');
  assert.deepEqual([more.length + 1, clip.camera, clip.seconds < 60], [before + 1, 'main', true]);
  await page.tap('#filmed-main a');
  await painted(page);
  assert.equal(await page.locator('#clip-board').getAttribute('data-frame'), clip.first);
});

test('a frame of a clip says so where it is labelled, shows what was carried, and leads to its place in the clip and back', { timeout: 120_000 }, async (t) => {
  const [clip] = (await api('clips')).items;
  const frames = (await api(`clips/${clip.id}/frames`)).items;
  const frame = frames[Math.min(2, frames.length - 1)];
  const label = { category: (await api('categories')).items.find(({ kind }) => kind === 'box').name, bbox: [40, 40, 80, 60], track: 'thing-1', origin: 'carried', score: 0.9 };
  await api(`frames/${frame.id}/labels`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ revision: frame.revision, phase: 'labelled', labels: [label] }) });
  const { page } = await open(t, `#/label/${frame.id}`);
  await page.locator('#of-clip', { hasText: /Frame of a clip, at [\d.]+ s\. 1 label was carried here along it/ }).waitFor();
  await shot(page, 'label-of-clip');
  await page.tap('#to-clip');
  await page.locator(`#clip-board[data-frame="${frame.id}"]`).waitFor();
  await painted(page);
  await shot(page, 'clip-from-label');
  assert.equal(await page.locator('#clips-back').getAttribute('aria-label'), 'Back to labelling');
  await page.tap('#clips-back');
  await page.locator('#to-clip').waitFor();
});

test('a clip under axe, light and dark', { timeout: 120_000 }, async (t) => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const [{ id }] = (await api('clips')).items;
  for (const [colorScheme, width] of [['light', 390], ['dark', 390], ['light', 1280]]) {
    const { page } = await open(t, `#/clips/${id}`, { colorScheme, width, bypassCSP: true });
    await page.locator('#clip-said:has-text("Draw a box")').waitFor();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    assert.deepEqual(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes[0].html.slice(0, 160)}`), []);
    await shot(page, `clip-${colorScheme}-${width}`);
    // Whatever a finger is to meet is large enough for it.
    const small = await page.evaluate(() => [...document.querySelectorAll('#clips button, #clips a, #clips input')].filter((one) => { const { width: w, height: h } = one.getBoundingClientRect(); return w < 44 || h < 44; }).map((one) => one.outerHTML.slice(0, 100)));
    assert.deepEqual(small, []);
  }
});
