// Labelling a clip when not all goes well, in a real browser, by touch, against a running daemon: questions without an answer,
// a device that does not answer, others who change the clip meanwhile. Nothing is labelled that nobody knows, nothing that was
// drawn is lost, and whatever is shown is true now.
//
//   FIELDCOACH_URL       address of a daemon without a token (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//   FIELDCOACH_SHOTS     a folder for pictures of the views; none unless said otherwise
//
// It needs ffmpeg, to make the film. It stores, labels and deletes frames of its own making: run it on data that may change.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, launch, phone as newPhone } from './browser.mjs';
import { asks, carried as settled } from './clipping.mjs';
import { api, base } from './daemon.mjs';
import { AGAIN, at, draw, FRAMES, HIDDEN, hidingClip, labelsOf, opened, PARCELS, put } from './hiding.mjs';

let browser, dir;
before(async () => {
  browser = await launch();
  dir = mkdtempSync(join(tmpdir(), 'fieldcoach-asked-'));
  if (!(await api('categories')).items.some(({ name }) => name === 'parcel')) await put('categories', { name: 'parcel' });
});
after(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});

const shots = process.env.FIELDCOACH_SHOTS;
const shot = (page, name) => shots && page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
const says = (page, text) => page.locator('#clip-said', { hasText: text }).waitFor({ timeout: 60_000 });

/** A clip of its own on a phone. */
async function begun(t, { times = 1, ...more } = {}) {
  const clip = await hidingClip(dir, times);
  const phone = await newPhone(browser, t, more);
  await opened(phone.page, clip);
  return { ...clip, ...phone };
}

test('what waits for an answer is held back, told, and refused at the door; the next question comes by itself', { timeout: 180_000 }, async (t) => {
  const { page, drag, frames, id } = await begun(t);
  for (const parcel of PARCELS) {
    await page.locator('#clip-objects .chip:has-text("New:"):has-text("parcel")').tap();
    await draw({ page, drag }, parcel);
  }
  await settled(page);
  await page.locator('#clip-accept', { hasText: `Accept ${HIDDEN} of ${FRAMES}` }).waitFor();
  // With nothing in hand it is told what is to do in the whole clip.
  await page.locator('#clip-objects .chip:has-text("New:"):has-text("parcel")').tap();
  await says(page, `${FRAMES - HIDDEN} frames wait for your answers`);
  await shot(page, 'clip-waits');
  await page.tap('#clip-accept');
  await page.locator('#undo-bar', { hasText: `${HIDDEN} of ${FRAMES} frames labelled; ${FRAMES - HIDDEN} wait for your answers` }).waitFor();
  const phases = async () => (await labelsOf(frames)).map(({ phase }) => (phase === 'labelled' ? 1 : 0)).join('');
  assert.equal(await phases(), '1'.repeat(HIDDEN) + '0'.repeat(FRAMES - HIDDEN));

  // Any client is told which they are, and is refused.
  const answer = await put(`clips/${id}/carry`, {});
  assert.deepEqual(answer.frames.map(({ unknown = [] }) => unknown.length), [...Array(HIDDEN).fill(0), ...Array(FRAMES - HIDDEN).fill(2)]);
  const last = answer.frames.at(-1);
  const tracks = answer.tracks.map(({ track }) => track);
  const { done, failed } = await put(`clips/${id}/accept`, { tracks, frames: [{ frame: last.frame, revision: last.revision, boxes: [], unknown: last.unknown }] });
  assert.deepEqual([done, failed.length], [[], 1]);
  assert.match(failed[0].detail, /nobody knows whether `parcel-[a-z0-9]{4}` is in it/);

  // One touch an answer: once the first is given, the other parcel is asked for.
  await page.tap('#clip-ask');
  const pressed = () => page.locator('#clip-objects .chip[aria-pressed=true]').innerText();
  assert.equal(await asks(page), 'lost');
  const first = await pressed();
  await page.tap('#clip-gone');
  await eventually(async () => assert.notEqual(await pressed(), first));
  assert.equal(await asks(page), 'lost');
  await page.tap('#clip-gone');
  await settled(page);
  await page.locator('#clip-accept', { hasText: 'Accept clip' }).waitFor();
  assert.equal(await page.locator('#clip-ask').isDisabled(), true);
  // They are drawn where they are back.
  await at(page, frames, AGAIN);
  await draw({ page, drag }, PARCELS[1]);
  await settled(page);
  await page.locator('#clip-accept', { hasText: 'Accept clip' }).waitFor();
  await page.tap('#clip-accept');
  await page.locator('#undo-bar', { hasText: new RegExp(`^${FRAMES} frames labelled`) }).waitFor();
  const counts = (await labelsOf(frames)).map(({ labels }) => labels.length);
  assert.deepEqual(counts, [...Array(HIDDEN).fill(2), ...Array(AGAIN - HIDDEN).fill(0), ...Array(FRAMES - AGAIN).fill(1)]);
});

test('after a carry that failed nothing can be accepted before another one came back', { timeout: 120_000 }, async (t) => {
  const { page, drag } = await begun(t);
  await draw({ page, drag }, PARCELS[0]);
  await settled(page);
  for (const fails of [(route) => route.abort(), (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"detail": "labels could not be carried within 120 seconds"}' })]) {
    await page.route('**/carry', fails);
    await page.locator('#clip-objects .chip:has-text("New:"):has-text("parcel")').tap();
    await draw({ page, drag }, PARCELS[1]);
    await says(page, 'It was not followed');
    assert.equal(await page.locator('#clip-accept').isDisabled(), true);
    await shot(page, 'clip-not-followed');
    await page.unroute('**/carry');
    // The device answers again, which the page may notice by itself.
    await page.locator('#clip-again').tap({ timeout: 2_000 }).catch(() => {});
    await settled(page);
    assert.equal(await page.locator('#clip-again').count(), 0);
    await page.tap('#clip-forget');
    await page.locator('#undo-bar:has-text("is forgotten")').waitFor();
  }
});

test('what was drawn while the device does not answer is kept on the phone, told, and sent later from any view', { timeout: 120_000 }, async (t) => {
  const { page, drag, frames } = await begun(t);
  await page.route('**/accept', (route) => route.abort());
  await draw({ page, drag }, PARCELS[0]);
  await says(page, '1 thing that you said waits on this phone');
  assert.equal(await page.locator('#clip-accept').isDisabled(), true);
  await page.locator('#unsent[data-count="1"]').waitFor();
  await shot(page, 'clip-unsent');
  await page.goto('about:blank');
  assert.equal((await labelsOf(frames.slice(0, 1)))[0].labels.length, 0);
  await page.unroute('**/accept');
  await page.goto(`${base}#/device`);
  await eventually(async () => assert.equal((await labelsOf(frames.slice(0, 1)))[0].labels.length, 1));
  await page.locator('#unsent').waitFor({ state: 'hidden' });
});

test('who drew while somebody else labelled the same frame loses nothing, and both count', { timeout: 120_000 }, async (t) => {
  const { page, drag, frames } = await begun(t);
  await page.route('**/accept', (route) => route.abort());
  await draw({ page, drag }, PARCELS[0]);
  await says(page, 'waits on this phone');
  const [x, y, width, height] = PARCELS[1];
  await put(`frames/${frames[0].id}/labels`, { revision: 0, phase: 'unlabelled', labels: [{ category: 'parcel', bbox: [x, y, width, height] }] }, 'PUT');
  await page.unroute('**/accept');
  await eventually(async () => assert.equal((await labelsOf(frames.slice(0, 1)))[0].labels.length, 2));
});

test('a clip that others change is loaded again at a tap, and one that was deleted can not be drawn in', { timeout: 180_000 }, async (t) => {
  const { page, drag, frames, id } = await begun(t);
  await draw({ page, drag }, PARCELS[0]);
  await settled(page);
  const name = /parcel-[a-z0-9]{4}/.exec(await page.locator('#clip-objects .chip[aria-pressed=true]').innerText())[0];
  await at(page, frames, 3);
  // Another one says that it is gone in a frame.
  await put(`clips/${id}/accept`, { tracks: [name], frames: [{ frame: frames[2].id, revision: 0, boxes: [], marks: [{ track: name, mark: 'gone' }], phase: 'unlabelled' }] });
  await says(page, 'Somebody changed the clip');
  assert.equal(await page.locator('#clip-accept').isDisabled(), true);
  await shot(page, 'clip-changed');
  await page.tap('#clip-again');
  await settled(page);
  await page.locator('#clip-accept', { hasText: 'Accept clip' }).waitFor();
  // One is where one was, with the same in hand.
  assert.equal(await page.locator('#clip-board').getAttribute('data-frame'), frames[3].id);
  await page.locator('#clip-gone:has-text("Back here")').waitFor();

  const deleted = await put('frames/batch', { frames: frames.map((frame) => frame.id), action: 'delete' });
  await says(page, 'There is no such clip');
  assert.equal(await page.locator('#clip-accept').isDisabled(), true);
  const chips = await page.locator('#clip-objects .chip').count();
  await draw({ page, drag }, PARCELS[1]);
  assert.equal(await page.locator('#clip-objects .chip').count(), chips);
  await shot(page, 'clip-deleted');
  await api(`undo/${deleted.undo}`, { method: 'POST' });
  await settled(page);
  // At an address of a clip that is gone, it is said; nothing loads for ever.
  await page.goto(`${base}#/clips/0192f5a0-0000-7000-8000-000000000000`);
  await says(page, 'There is no such clip');
});

test('a name that another object has by now is told, and takes nothing of it', { timeout: 120_000 }, async (t) => {
  const { page, drag, frames, id } = await begun(t);
  // The same letters for every new object, as chance may have it.
  await page.evaluate(() => { crypto.getRandomValues = (into) => into.fill(3); });
  const [x, y, w, h] = PARCELS[1];
  const box = { track: 'parcel-ffff', category: 'parcel', bbox: [x, y, w, h], origin: 'drawn' };
  await at(page, frames, 1);
  await put(`clips/${id}/accept`, { tracks: [box.track], new: [box.track], frames: [{ frame: frames[0].id, revision: 0, boxes: [box], phase: 'unlabelled' }] });
  await draw({ page, drag }, PARCELS[0]);
  await page.locator('#banner', { hasText: 'another object `parcel-ffff`' }).waitFor();
  await says(page, 'Somebody changed the clip');
  assert.deepEqual((await labelsOf(frames.slice(0, 2))).map(({ labels }) => labels.length), [1, 0]);
  await page.tap('#clip-again');
  await settled(page);
});

test('the next part of a long clip comes at once, whatever the device carries in the one before', { timeout: 240_000 }, async (t) => {
  const { page, drag } = await begun(t, { times: 40 });
  await draw({ page, drag }, PARCELS[0]);
  await says(page, 'Following it through the clip');
  const began = performance.now();
  await page.locator('#clip-parts button').last().tap();
  await page.locator('#clip-parts:has-text("Part 2 of 2")').waitFor();
  await says(page, 'Draw a box around an object');
  t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s`);
  await page.locator('#clip-parts button').first().tap();
  await settled(page);
  await page.locator('#clip-objects .chip', { hasText: 'parcel-' }).waitFor();
});
