// All frames, the categories, and the device view in a real browser, by touch, against a running daemon.
//
//   FIELDCOACH_URL       address of a daemon without a token (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It labels, deletes and puts back frames of its own making: run it on data that may change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, phone as newPhone, photograph } from './browser.mjs';

assert.ok(process.env.FIELDCOACH_URL, 'set FIELDCOACH_URL to the address of a running daemon');
const base = process.env.FIELDCOACH_URL.replace(/\/*$/, '/');
let browser, jpeg;

async function api(path, method = 'GET', body = undefined) {
  const raw = body instanceof Buffer;
  const headers = { 'content-type': raw ? 'image/jpeg' : 'application/json' };
  const response = await fetch(`${base}api/v1/${path}`, { method, headers, body: raw || body === undefined ? body : JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}
const labelsOf = (id) => api(`frames/${id}/labels`);

before(async () => {
  browser = await launch();
  jpeg = await photograph(base);
});
after(() => browser?.close());

/** `n` frames of this test, each with a box of this category; newest first. */
async function labelled(n, category) {
  if (!(await api('categories')).items.some(({ name }) => name === category)) await api('categories', 'POST', { name: category });
  const made = [];
  for (let i = 0; i < n; i += 1) {
    const { id } = await api('frames', 'POST', jpeg);
    await api(`frames/${id}/labels`, 'PUT', { revision: 0, labels: [{ category, bbox: [10 + i, 20, 100, 80] }] });
    made.unshift(id);
  }
  return made;
}

async function open(t, hash, size) {
  const own = await newPhone(browser, t, size);
  await own.page.goto(base + hash, { waitUntil: 'domcontentloaded' });
  return own;
}

const thumb = (page, id) => page.locator(`#library-grid [data-frame="${id}"]`);

test('frames are found by what is known of them, and counted', { timeout: 120_000 }, async (t) => {
  const [one, two] = await labelled(2, 'found');
  const { id: bare } = await api('frames', 'POST', jpeg);
  const { page, complaints } = await open(t, '#/library');
  await thumb(page, bare).waitFor();
  await page.tap('#phase-labelled');
  await thumb(page, one).waitFor();
  assert.equal(await thumb(page, bare).count(), 0);
  const { phases } = await api('frames/counts');
  await page.locator(`#phase-labelled .num:text-is("${phases.labelled}")`).waitFor();
  await page.tap('#library-more');
  await page.locator('#library-filters select').first().selectOption('found');
  await page.waitForFunction(() => document.querySelectorAll('#library-grid .thumb').length === 2);
  assert.equal(await thumb(page, two).count(), 1);
  // Labels that somebody else writes meanwhile move the frame.
  const { revision, labels } = await labelsOf(two);
  await api(`frames/${two}/labels`, 'PUT', { revision, phase: 'reviewed', labels });
  await thumb(page, two).waitFor({ state: 'detached' });
  // A tap leads to the labels.
  await thumb(page, one).tap();
  await page.waitForFunction((id) => location.hash === `#/label/${id}`, one);
  assert.deepEqual(complaints, []);
});

test('a long list is in the document only where it is near the screen, and one comes back to where one was', { timeout: 120_000 }, async (t) => {
  const made = [];
  for (let n = 0; n < 300; n += 1) made.push((await api('frames', 'POST', jpeg)).id);
  const { page, complaints } = await open(t, '#/library');
  const drawn = () => page.locator('#library-grid .thumb').count();
  await thumb(page, made.at(-1)).waitFor();
  for (let most = 0; (await thumb(page, made[0]).count()) === 0; ) {
    await page.evaluate(() => scrollBy(0, innerHeight));
    most = Math.max(most, await drawn());
    assert.ok(most < 150, `${most} are drawn`);
  }
  // What was passed is there again on the way back, in its order.
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
  const middle = await page.waitForFunction(() => {
    const seen = [...document.querySelectorAll('#library-grid .thumb')].filter((one) => { const { top, bottom } = one.getBoundingClientRect(); return top > 60 && bottom < innerHeight - 80; });
    return seen.length > 12 && seen.map((one) => one.dataset.frame);
  });
  const seen = await middle.jsonValue();
  const from = made.indexOf(seen[0]);
  assert.deepEqual(seen, made.slice(from - seen.length + 1, from + 1).reverse());
  const at = () => thumb(page, seen[6]).evaluate((one) => one.getBoundingClientRect().top);
  const before = await at();
  await thumb(page, seen[6]).tap();
  await page.locator('#label-title').waitFor({ state: 'attached' });
  await page.tap('#back');
  await thumb(page, seen[6]).waitFor();
  await page.waitForFunction(([id, top]) => Math.abs(document.querySelector(`#library-grid [data-frame="${id}"]`).getBoundingClientRect().top - top) < 90, [seen[6], before]);
  assert.deepEqual(complaints, []);
});

test('what is done to many frames can be undone', { timeout: 120_000 }, async (t) => {
  const [one, two, three] = await labelled(3, 'many');
  const { page, complaints } = await open(t, '#/library');
  await page.tap('#library-select');
  await thumb(page, one).tap();
  await thumb(page, two).tap();
  await page.tap('#act-unlabel');
  await page.locator('#undo-bar:has-text("2 frames")').waitFor();
  assert.deepEqual([(await labelsOf(one)).labels.length, (await labelsOf(three)).labels.length], [0, 1]);
  await page.tap('#undo-go');
  await page.locator('#undo-bar').waitFor({ state: 'hidden' });
  assert.equal((await labelsOf(one)).labels.length, 1);

  await page.tap('#library-select');
  await thumb(page, three).tap();
  await page.tap('#act-delete');
  await thumb(page, three).waitFor({ state: 'detached' });
  assert.equal((await fetch(`${base}api/v1/frames/${three}`)).status, 404);
  // The Device view lists it, and puts it back.
  await page.tap('[data-tab=device]');
  await page.locator('#gone > li').first().locator('button').tap();
  await page.locator('#banner:not([hidden])').waitFor();
  assert.equal((await labelsOf(three)).labels.length, 1);
  assert.deepEqual(complaints, []);
});

test('what changes nothing is said to change nothing', { timeout: 60_000 }, async (t) => {
  const [one, two] = await labelled(2, 'alike');
  const { page } = await open(t, '#/library');
  await page.tap('#library-select');
  await thumb(page, one).tap();
  await thumb(page, two).tap();
  await page.tap('#act-labelled'); // which they are
  await page.locator('#banner:has-text("like that already")').waitFor();
  assert.ok(await page.locator('#undo-bar').isHidden());
});

test('a link to a frame that was deleted says so in words', { timeout: 60_000 }, async (t) => {
  const [one] = await labelled(1, 'linked');
  await api(`frames/${one}`, 'DELETE');
  const { page } = await open(t, `#/label/${one}`);
  await page.locator('#banner:has-text("was deleted")').waitFor();
  assert.doesNotMatch(await page.locator('body').innerText(), new RegExp(one));
});

test('an open form of a category keeps what is typed, and writes over nothing that others changed', { timeout: 60_000 }, async (t) => {
  for (const name of ['form', 'shape']) await api(`categories/${name}?labels=true`, 'DELETE').catch(() => {});
  await labelled(1, 'form');
  const { page } = await open(t, '#/categories');
  const edit = page.locator('.edit');
  await page.locator('#categories-list > [data-category="form"] button').tap();
  await page.fill('#edit-instructions', 'Round ones.');
  await api('categories/form', 'PATCH', { colour: '#123456' });
  await page.locator('#edit-changed').waitFor();
  await page.tap('#edit-save');
  await edit.waitFor({ state: 'detached' });
  const found = async (name) => (await api('categories')).items.find((one) => one.name === name);
  assert.deepEqual([(await found('form')).colour, (await found('form')).instructions], ['#123456', 'Round ones.']);
  // Renamed by somebody else: the form stays, with what was typed.
  await page.locator('#categories-list > [data-category="form"] button').tap();
  await page.fill('#edit-instructions', 'Round ones, whole.');
  await api('categories/form', 'PATCH', { name: 'shape' });
  await page.locator('#edit-changed', { hasText: 'renamed or removed' }).waitFor();
  assert.equal(await page.inputValue('#edit-instructions'), 'Round ones, whole.');
  await page.locator('#categories-list > [data-category="shape"]').waitFor();
});

test('an import that breaks off says so, also after the device is heard again', { timeout: 60_000 }, async (t) => {
  const { page, context } = await open(t, '#/device');
  await page.route(/\/api\/v1\/dataset(\?|$)/, (route) => route.abort());
  await page.locator('#import-file').setInputFiles({ name: 'set.zip', mimeType: 'application/zip', buffer: Buffer.alloc(2000) });
  const said = page.locator('#banner:has-text("broken off")');
  await said.waitFor();
  await context.setOffline(true);
  await context.setOffline(false);
  await page.waitForResponse(/\/api\/v1\//);
  assert.ok(await said.isVisible());
});

test('categories are renamed, ordered, merged and removed, and it can be undone', { timeout: 120_000 }, async (t) => {
  const [frame] = await labelled(1, 'cat');
  await labelled(1, 'kitten');
  const { page, complaints } = await open(t, '#/categories');
  const row = (name) => page.locator(`#categories-list > [data-category="${name}"]`);
  await row('cat').locator('button').tap();
  await page.fill('#edit-name', 'tabby');
  await page.fill('#edit-instructions', 'Striped ones only.');
  await page.tap('#edit-save');
  await row('tabby').locator('small:has-text("Striped ones only.")').waitFor();
  assert.equal((await labelsOf(frame)).labels[0].category, 'tabby');

  await row('kitten').locator('button').tap();
  await page.tap('.away summary');
  await page.locator('#edit-use:has-text("1 label on 1 frame")').waitFor();
  await page.locator('#merge-into').selectOption('tabby');
  await page.tap('#merge-go');
  await row('kitten').waitFor({ state: 'detached' });
  await page.tap('#undo-go');
  await row('kitten').waitFor();

  await row('tabby').locator('button').tap();
  await page.tap('.away summary');
  await page.tap('#remove-ask');
  await page.locator('.away:has-text("its 1 label")').waitFor();
  await page.tap('#remove-go');
  await row('tabby').waitFor({ state: 'detached' });
  assert.equal((await labelsOf(frame)).labels.length, 0);
  await page.tap('#undo-go');
  await row('tabby').waitFor();
  assert.equal((await labelsOf(frame)).labels[0].category, 'tabby');
  assert.deepEqual(complaints, []);
});

test('the device says how it is, and settings change and go back', { timeout: 120_000 }, async (t) => {
  const { page, complaints } = await open(t, '#/device');
  await page.locator('#status > li:has-text("brings pictures")').waitFor();
  await page.locator('#disk .bars > li').first().waitFor();
  const row = page.locator('[data-setting="live.fps"]');
  await row.locator('button').last().tap();
  await page.fill('#setting-value', 'fast');
  await page.tap('#setting-save');
  await page.locator('#banner:has-text("it takes a number, not")').waitFor(); // refused, and it says why
  await page.fill('#setting-value', '');
  await page.tap('#setting-save');
  await page.locator('#banner:has-text("it takes a number, not nothing")').waitFor();
  await page.fill('#setting-value', '2');
  await page.tap('#setting-save');
  await row.locator('small:has-text("2 · changed from afar")').waitFor();
  assert.equal((await api('settings')).settings.live.fps, 2);
  await row.locator('button').first().tap();
  await page.waitForFunction(() => !document.querySelector('[data-setting="live.fps"] small')?.textContent.includes('changed'));
  assert.deepEqual((await api('settings')).changed, []);
  await page.locator('#log > li:has-text("settings")').first().waitFor();
  assert.deepEqual(complaints.filter((text) => !/status of 422/.test(text)), []);
});
