// The phone page in a real browser, driven by touch against a running daemon with `demo` data.
//
//   FIELDCOACH_URL       address of the daemon, such as http://127.0.0.1:8080/ (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It labels one frame and starts a training: run it on data that may change.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { between, launch, phone as newPhone, pictureOn } from './browser.mjs';
import { api, base, bookWith, PATIENCE } from './daemon.mjs';

let browser;

before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A phone showing `hash`. */
async function phone(t, hash, size) {
  const own = await newPhone(browser, t, size);
  await own.page.goto(base + hash, { waitUntil: 'domcontentloaded' });
  return own;
}

test('every section loads without complaint and without scrolling sideways', { timeout: PATIENCE + 60_000 }, async (t) => {
  const book = await bookWith(1);
  const { page, complaints } = await phone(t, '', { width: 360, height: 740 });
  for (const [hash, ready] of [
    ['#/camera', '#camera-state:not(:empty)'], ['#/label', '#frame-info:not(:empty), #label-empty:not([hidden])'],
    ['#/train', '#trainings > li'], ['#/device', '#who:not(:empty)'], [`#/trainings/${book.training}`, '#page[src]'],
  ]) {
    await page.goto(base + hash, { waitUntil: 'domcontentloaded' });
    await page.locator(ready).first().waitFor();
    const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(needed <= there, `${hash} is ${needed} px wide on a screen of ${there}`);
    const small = await page.evaluate(() => [...document.querySelectorAll('button, a, select, input:not([type=range])')]
      .map((e) => [e.id || e.textContent.trim(), e.getBoundingClientRect()]).filter(([, r]) => r.width && (r.height < 44 || r.width < 44)).map(([name, r]) => `${name} ${r.width} × ${r.height}`));
    assert.deepEqual(small, [], `${hash} has targets too small for a finger`);
  }
  assert.deepEqual(complaints, []);
});

test('a box drawn by touch is saved', async (t) => {
  await api('frames/capture', { method: 'POST' }); // so that there is something left to label
  const { page, complaints, drag } = await phone(t, '#/label');
  await page.locator('#frame-info:not(:empty)').waitFor();
  if (!(await page.locator('#chips .chip').count())) {
    await page.tap('#category-add');
    await page.fill('#category-name', 'thing');
    await page.tap('#category-form .primary');
  }
  const chip = page.locator('#chips .chip').first();
  await chip.tap();
  const category = (await chip.textContent()).trim();
  const canvas = await pictureOn(page);
  const at = (x, y) => [canvas.x + canvas.width * x, canvas.y + canvas.height * y];
  await drag(between(at(0.3, 0.25), at(0.6, 0.7)));
  await page.locator('#frame-info b:text-is("1 box")').waitFor();

  // Take it in hand, move it by a tenth, take that back, and save.
  await page.touchscreen.tap(...at(0.45, 0.45));
  await page.locator('#selection').waitFor();
  await drag(between(at(0.45, 0.45), at(0.55, 0.55)));
  await page.tap('#undo');
  const written = page.waitForResponse((response) => response.request().method() === 'PUT');
  await page.tap('#save');
  const response = await written;
  assert.equal(response.status(), 200, await response.text());
  const [, id] = response.url().match(/frames\/([^/]+)\/labels/);
  const [frame, labels] = [await api(`frames/${id}`), await api(`frames/${id}/labels`)];
  assert.equal(labels.phase, 'labelled');
  assert.equal(labels.labels.length, 1);
  assert.equal(labels.labels[0].category, category);
  const wanted = [0.3 * frame.width, 0.25 * frame.height, 0.3 * frame.width, 0.45 * frame.height];
  labels.labels[0].bbox.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) <= 0.015 * frame.width, `bbox ${labels.labels[0].bbox}, drawn ${wanted}`));
  await page.waitForFunction((saved) => [...document.querySelectorAll('#strip .thumb')].some((thumb) => thumb.dataset.frame === saved), id);
  assert.deepEqual(complaints, []);
});

test('labels of somebody else are not overwritten, and the own drawing is not lost', async (t) => {
  await api('frames/capture', { method: 'POST' });
  const { page, drag } = await phone(t, '#/label');
  await page.locator('#frame-info:not(:empty)').waitFor();
  const { items } = await api('queue?limit=1');
  assert.ok(items.length, 'nothing to label');
  await page.goto(`${base}#/label/${items[0].frame.id}`);
  await page.locator(`.board[aria-busy=false] [data-frame="${items[0].frame.id}"]`).waitFor();
  const address = `frames/${items[0].frame.id}/labels`;
  const canvas = await pictureOn(page);
  await drag(between([canvas.x + 60, canvas.y + 60], [canvas.x + 160, canvas.y + 140]));
  await page.locator('#frame-info b:text-is("1 box")').waitFor();
  // Without a network the drawing waits on the phone …
  await page.context().setOffline(true);
  await page.tap('#save');
  await page.locator('#kept-list', { hasText: 'not sent' }).waitFor();
  await page.goto(`${base}#/train`); // … said on every view …
  await page.locator('#unsent:text-is("1 not sent")').waitFor();
  // … meanwhile somebody else marks the same object, in another way …
  const { revision } = await api(address);
  const scale = items[0].frame.width / canvas.width;
  const [category] = (await api('categories')).items.filter(({ kind }) => kind !== 'tag');
  const theirs = [85, 60, 100, 80].map((pixels) => Math.round(pixels * scale));
  await api(address, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ revision, phase: 'labelled', labels: [{ category: category.name, bbox: theirs }] }) });
  await page.context().setOffline(false);
  await page.goto(`${base}#/label`);
  const kept = page.locator(`#kept-list [data-frame="${items[0].frame.id}"]`, { hasText: 'to settle' });
  await kept.waitFor();
  assert.deepEqual((await api(address)).labels.map((label) => label.bbox), [theirs]);
  // … and the own box can be put in its place.
  await kept.tap();
  await page.tap('#conflict-mine');
  const written = page.waitForResponse((response) => response.request().method() === 'PUT' && response.ok());
  await page.tap('#save');
  await written;
  const { labels } = await api(address);
  assert.equal(labels.length, 1);
  assert.ok(Math.abs(labels[0].bbox[0] - 60 * scale) < 8);
});

test('drafts stay with their device', async (t) => {
  const { device } = await api('me');
  const { page } = await phone(t, '#/label');
  await page.locator('#frame-info:not(:empty), #label-empty:not([hidden])').first().waitFor();
  await page.evaluate(([own, other]) => {
    localStorage.setItem('fieldcoach.draft.1', JSON.stringify({ revision: 0, phase: 'labelled', labels: [] }));
    localStorage.setItem(own, JSON.stringify({ revision: 0, phase: 'labelled', labels: [] }));
    localStorage.setItem(other, JSON.stringify({ revision: 0, phase: 'labelled', labels: [], pending: true }));
  }, [`fieldcoach.${device}.draft.2`, 'fieldcoach.another.draft.3']);
  let sent = 0;
  page.on('request', (request) => { sent += request.method() === 'PUT'; });
  await page.reload();
  // Those of this device, and those from before devices were told apart, are taken over …
  for (const frame of ['1', '2']) await page.locator(`#kept-list [data-frame="${frame}"]`).waitFor();
  await page.locator('#link.on').waitFor();
  await page.waitForResponse((response) => response.url().includes('/counts')); // a poll, at which drafts are sent
  // … and one of another device neither goes to this one, nor counts, nor goes away.
  assert.equal(sent, 0);
  assert.ok(await page.locator('#unsent').isHidden());
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('draft'))), ['fieldcoach.another.draft.3']);
});

test('Train shows progress', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints } = await phone(t, '#/train');
  await page.locator('#trainings > li').first().waitFor();
  const known = (await api('trainings')).items.length;
  // Another training may be running: what follows must not be taken for its progress before this one is accepted.
  const accepted = page.waitForResponse((r) => r.request().method() === 'POST' && r.url().endsWith('/trainings'));
  await page.tap('#start');
  await page.tap('#sheet-train'); // what is chosen at first will do
  assert.ok((await accepted).ok());
  await page.locator('#running').waitFor();
  await page.waitForFunction(() => /^Round \d+ of \d+/.test(document.querySelector('#running .state')?.textContent) && document.querySelector('#running progress').value > 0, null, { timeout: PATIENCE });
  // The first epoch has to be over.
  await page.locator('#running .bars li').first().waitFor({ timeout: PATIENCE });
  assert.ok((await api('trainings')).items.length > known);
  assert.deepEqual(complaints, []);
});
