// The phone page in a real browser, driven by touch against a running daemon with `demo` data.
//
//   FIELDCOACH_URL       address of the daemon, such as http://127.0.0.1:8080/ (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It labels one frame and starts a training: run it on data that may change.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { between, launch, phone as newPhone } from './browser.mjs';

assert.ok(process.env.FIELDCOACH_URL, 'set FIELDCOACH_URL to the address of a running daemon');
const base = process.env.FIELDCOACH_URL.replace(/\/*$/, '/');
const PATIENCE = 180_000; // for what the device computes
let browser;

const api = async (path, options) => {
  const response = await fetch(`${base}api/v1/${path}`, options);
  assert.ok(response.ok, `${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
};

before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A phone showing `hash`. */
async function phone(t, hash, size) {
  const own = await newPhone(browser, t, size);
  await own.page.goto(base + hash, { waitUntil: 'domcontentloaded' });
  return own;
}

/** A training whose flip book has pages of at least `epochs` epochs. */
async function bookWith(epochs) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    for (const training of (await api('trainings')).items) {
      if (training.epoch < epochs) continue;
      const book = await api(`trainings/${training.id}/flipbook`);
      if (book.epochs.length >= epochs) return book;
    }
    assert.ok(Date.now() < deadline, `no training has ${epochs} epochs yet`);
    await new Promise((done) => { setTimeout(done, 500); });
  }
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
  const canvas = await page.locator('#board').boundingBox();
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
  const canvas = await page.locator('#board').boundingBox();
  await drag(between([canvas.x + 60, canvas.y + 60], [canvas.x + 160, canvas.y + 140]));
  await page.locator('#frame-info b:text-is("1 box")').waitFor();
  // Without a network the drawing waits on the phone …
  await page.context().setOffline(true);
  await page.tap('#save');
  await page.locator('#banner').waitFor();
  await page.goto(`${base}#/train`); // … said on every view …
  await page.locator('#unsent:text-is("1 not sent")').waitFor();
  // … meanwhile somebody else says there is nothing there …
  const { revision } = await api(address);
  await api(address, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ revision, phase: 'labelled', labels: [] }) });
  await page.context().setOffline(false);
  const { device } = await api('me');
  await page.waitForFunction((key) => JSON.parse(localStorage.getItem(key) ?? '{}').pending === false, `fieldcoach.${device}.draft.${items[0].frame.id}`);
  assert.deepEqual((await api(address)).labels, []);
  // … and the drawing can be put back on top.
  await page.goto(`${base}#/label/${items[0].frame.id}`);
  await page.tap('#conflict-mine');
  const written = page.waitForResponse((response) => response.request().method() === 'PUT' && response.ok());
  await page.tap('#save');
  await written;
  assert.equal((await api(address)).labels.length, 1);
});

test('drafts stay with their device', async (t) => {
  const { device } = await api('me');
  const { page } = await phone(t, '#/train');
  await page.locator('#trainings > li').first().waitFor();
  await page.evaluate((legacy) => {
    localStorage.setItem(legacy, JSON.stringify({ revision: 0, phase: 'labelled', labels: [] }));
    localStorage.setItem('fieldcoach.another.draft.2', JSON.stringify({ revision: 0, phase: 'labelled', labels: [], pending: true }));
  }, 'fieldcoach.draft.1');
  let sent = 0;
  page.on('request', (request) => { sent += request.method() === 'PUT'; });
  await page.reload();
  // One from before devices were told apart belongs to the device that is there first …
  await page.waitForFunction((key) => localStorage.getItem(key), `fieldcoach.${device}.draft.1`);
  await page.locator('#link.on').waitFor();
  await page.waitForResponse((response) => response.url().includes('/trainings?')); // a poll, at which drafts are sent
  // … and one of another device neither goes to this one, nor counts, nor goes away.
  assert.equal(sent, 0);
  assert.ok(await page.locator('#unsent').isHidden());
  assert.ok(await page.evaluate(() => !localStorage.getItem('fieldcoach.draft.1') && localStorage.getItem('fieldcoach.another.draft.2')));
});

test('Train shows progress', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints } = await phone(t, '#/train');
  await page.locator('#trainings > li').first().waitFor();
  const known = (await api('trainings')).items.length;
  // Another training may be running: what follows must not be taken for its progress before this one is accepted.
  const accepted = page.waitForResponse((r) => r.request().method() === 'POST' && r.url().endsWith('/trainings'));
  await page.tap('#start');
  assert.ok((await accepted).ok());
  await page.locator('#running').waitFor();
  await page.waitForFunction(() => /^Epoch \d+ of \d+/.test(document.querySelector('#running .state')?.textContent) && document.querySelector('#running progress').value > 0, null, { timeout: PATIENCE });
  // The first epoch has to be over.
  await page.locator('#running .bars li').first().waitFor({ timeout: PATIENCE });
  assert.ok((await api('trainings')).items.length > known);
  assert.deepEqual(complaints, []);
});

test('the flip book scrubs, and its pages change', { timeout: PATIENCE + 60_000 }, async (t) => {
  const book = await bookWith(4);
  const { page, complaints, drag } = await phone(t, `#/trainings/${book.training}`);
  await page.locator('#page[src]').waitFor();
  const shown = () => page.locator('#page').getAttribute('src');
  const epochOf = (address) => Number(address.match(/flipbook\/(\d+)\//)[1]);
  const last = await shown();
  const range = await page.locator('#epoch').boundingBox();
  const y = range.y + range.height / 2;
  await drag(between([range.x + range.width - 15, y], [range.x + 15, y], 12));
  await page.waitForFunction(() => /flipbook\/1\//.test(document.querySelector('#page').getAttribute('src')));
  const first = await shown();
  assert.ok(epochOf(first) < epochOf(last), `${first} after ${last}`);
  const [a, b] = await Promise.all([first, last].map(async (address) => Buffer.from(await (await fetch(base + address)).arrayBuffer())));
  assert.ok(a.length > 1000 && !a.equals(b), 'the first page looks like the last');
  assert.ok(await page.evaluate(() => document.querySelector('#page').naturalWidth > 0));
  // Playing goes on from there by itself; the arrow keys step.
  await page.tap('#play');
  await page.waitForFunction(() => !/flipbook\/1\//.test(document.querySelector('#page').getAttribute('src')));
  // Another frame, another page.
  const before = await shown();
  const other = page.locator('#book-frames .thumb[data-n]:not([aria-current])').first();
  if (await other.count()) {
    await other.tap();
    await page.waitForFunction((old) => document.querySelector('#page').getAttribute('src').split('/').at(-1) !== old, before.split('/').at(-1));
  }
  assert.deepEqual(complaints, []);
});
