// The page of a device with two cameras, in a real browser, driven by touch; a model looks at both.
//
//   FIELDCOACH_URL       address of the daemon, whose cameras are `door` (320 × 240) and `yard` (640 × 480) (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { eventually, launch, phone as newPhone } from './browser.mjs';
import { api, base, PATIENCE } from './daemon.mjs';

let browser;
const holds = (check, patience) => eventually(async () => assert.ok(await check()), patience);
const WIDTHS = { door: 320, yard: 640 };

before(async () => {
  // On a busy machine the demo's model may be too poor to go live by itself.
  const made = async () => (await api('models')).items[0];
  await holds(made, PATIENCE);
  if (!(await api('status')).model) await api(`models/${(await made()).id}/deploy`, { method: 'POST' });
  const looks = async (id) => (await api(`detections?camera=${id}`)) !== null;
  await holds(async () => (await looks('door')) && (await looks('yard')), PATIENCE);
  browser = await launch();
});
after(() => browser?.close());

async function phone(t, view) {
  const own = await newPhone(browser, t);
  await own.page.goto(`${base}#/${view}`, { waitUntil: 'domcontentloaded' });
  return own;
}

/** Which camera the picture on the screen is of, by its look. */
async function shown(page) {
  const id = await page.locator('#picture').getAttribute('data-look');
  return id && (await api(`detections/${id}`)).camera;
}

const chip = (page, id) => page.locator('#cameras .chip', { hasText: id });

test('one chooses between the cameras, and sees and keeps what that one does', async (t) => {
  const { page, complaints } = await phone(t, 'camera');
  await page.locator('#cameras').waitFor({ timeout: PATIENCE });
  for (const id of ['yard', 'door', 'yard']) {
    await chip(page, id).tap();
    await holds(async () => (await shown(page)) === id && (await page.locator('canvas#live').evaluate((canvas) => canvas.width)) === WIDTHS[id]);
    assert.match(await page.locator('#camera-state').textContent(), new RegExp(`${WIDTHS[id]} ×`));
    await page.tap('#capture');
    const link = page.locator('#captured a');
    await link.waitFor({ timeout: PATIENCE });
    const frame = await api(`frames/${(await link.getAttribute('href')).split('/').at(-1)}`);
    assert.deepEqual([frame.camera, frame.width], [id, WIDTHS[id]]);
  }
  // What is kept of a look is of its camera.
  await page.tap('#hold');
  await page.locator('#held').waitFor();
  assert.equal(await shown(page), 'yard');
  // Remembered.
  await page.reload({ waitUntil: 'domcontentloaded' });
  await holds(async () => (await shown(page)) === 'yard');
  assert.equal(await chip(page, 'yard').getAttribute('aria-pressed'), 'true');
  assert.deepEqual(complaints, []);
});

test('the library shows of which camera a frame is, and those of one', async (t) => {
  const { page, complaints } = await phone(t, 'library');
  await page.locator('#library-grid .thumb i').first().waitFor({ timeout: PATIENCE });
  await page.tap('#library-more');
  await page.locator('#library-filters label', { hasText: /^Camera/ }).locator('select').selectOption('door');
  await holds(async () => {
    // Behind the camera may stand why it kept the frame.
    const of = (await page.locator('#library-grid .thumb i').allTextContents()).map((text) => text.split(' · ')[0]);
    return of.length > 0 && of.every((id) => id === 'door') && of.length === (await page.locator('#library-grid .thumb').count());
  });
  assert.deepEqual(complaints, []);
});

test('the device view lists each camera, and offers none of their settings', async (t) => {
  const { page, complaints } = await phone(t, 'device');
  for (const id of ['door', 'yard']) await page.locator('#status li', { hasText: `Camera ${id}` }).waitFor({ timeout: PATIENCE });
  await page.locator('[data-setting="live.fps"]').waitFor();
  assert.equal(await page.locator('[data-setting^="camera."]').count(), 0);
  await page.getByText('What several cameras are set to').waitFor();
  assert.deepEqual(complaints, []);
});

test('a zone is drawn on its own camera, and is of that one', async (t) => {
  const { page, complaints } = await phone(t, 'camera');
  await page.locator('#cameras').waitFor({ timeout: PATIENCE });
  await chip(page, 'door').tap();
  await page.locator('#zone-add').tap();
  assert.equal(await page.locator('#cameras').count(), 0, 'meanwhile the camera stays');
  await page.tap('#zone-rectangle');
  await page.fill('#zone-name', 'mat');
  await page.tap('#zone-save');
  await page.locator('#zones [data-zone="mat"]').waitFor();
  assert.equal((await api('watch')).zones[0].camera, 'door');
  await page.locator('.zones', { hasText: 'mat' }).waitFor();
  await chip(page, 'yard').tap();
  await eventually(async () => assert.equal(await page.locator('.zones').count(), 0));
  await page.locator('#zones [data-zone="mat"] button').tap();
  await page.locator('#zone-form').waitFor();
  await eventually(async () => assert.equal(await shown(page), 'door'));
  await page.tap('#zone-remove');
  await eventually(async () => assert.deepEqual((await api('watch')).zones, []));
  assert.deepEqual(complaints, []);
});

test('a model is put live for one camera alone, and a training started for one', async (t) => {
  const { page, complaints } = await phone(t, 'train');
  const model = (await api('models')).items.find(({ deployed }) => deployed);
  const row = page.locator('#models li', { hasText: 'live: for all' });
  await row.waitFor({ timeout: PATIENCE });
  assert.equal(await row.getByText('Put live').count(), 0, 'there it is');
  await page.locator('#place-door').tap();
  await row.getByText('Put live').tap();
  await row.locator('.badge', { hasText: 'live: door' }).waitFor();
  const own = async () => (await api(`models/${model.id}`)).cameras;
  assert.deepEqual(await own(), ['door']);

  await page.goto(`${base}#/camera`);
  await chip(page, 'door').tap();
  const alone = page.locator('#deployed', { hasText: 'for this camera alone' });
  await alone.waitFor();
  await chip(page, 'yard').tap();
  await alone.waitFor({ state: 'detached' });

  // For one camera it learns from its frames: those that the demo labelled came from the door.
  await page.goto(`${base}#/train`);
  await page.locator('#start').tap();
  await page.locator('#sheet-frames').waitFor({ timeout: PATIENCE });
  await page.locator('#for-yard').tap();
  await page.locator('#sheet-refused', { hasText: 'needs 5 labelled frames' }).waitFor({ timeout: PATIENCE });
  assert.ok(await page.locator('#sheet-train').isDisabled());
  await page.locator('#for-').tap();
  await page.locator('#sheet-refused').waitFor({ state: 'detached', timeout: PATIENCE });
  await page.tap('#sheet-close');

  await page.locator('#place-door').tap();
  await page.locator('#rollback').tap();
  await row.locator('.badge', { hasText: 'live: door' }).waitFor({ state: 'detached' });
  assert.equal(await own(), undefined);
  assert.deepEqual(complaints, []);
});
