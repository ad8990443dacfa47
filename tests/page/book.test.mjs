// The flip book in a real browser, driven by touch against a running daemon with `demo` data; see page.test.mjs.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { between, launch, phone as newPhone } from './browser.mjs';
import { api, base, bookWith, PATIENCE } from './daemon.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A phone that shows a flip book of at least so many epochs. */
async function open(t, epochs, size) {
  const book = await bookWith(epochs);
  const own = await newPhone(browser, t, size);
  await own.page.goto(`${base}#/trainings/${book.training}`, { waitUntil: 'domcontentloaded' });
  await own.page.locator('#page[src]').waitFor();
  return { book, ...own };
}

const shown = (page) => page.locator('#page').getAttribute('src');
const epochOf = (address) => Number(address.match(/flipbook\/(\d+)\//)[1]);

test('the flip book scrubs, and its pages change', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints, drag } = await open(t, 4);
  const last = await shown(page);
  const range = await page.locator('#epoch').boundingBox();
  const y = range.y + range.height / 2;
  await drag(between([range.x + range.width - 15, y], [range.x + 15, y], 12));
  await page.waitForFunction(() => /flipbook\/1\//.test(document.querySelector('#page').getAttribute('src')));
  const first = await shown(page);
  assert.ok(epochOf(first) < epochOf(last), `${first} after ${last}`);
  const [a, b] = await Promise.all([first, last].map(async (address) => Buffer.from(await (await fetch(base + address)).arrayBuffer())));
  assert.ok(a.length > 1000 && !a.equals(b), 'the first page looks like the last');
  assert.ok(await page.evaluate(() => document.querySelector('#page').naturalWidth > 0));
  // Playing goes on from there by itself; the arrow keys step.
  await page.tap('#play');
  await page.waitForFunction(() => !/flipbook\/1\//.test(document.querySelector('#page').getAttribute('src')));
  // Another frame, another page.
  const before = await shown(page);
  const other = page.locator('#book-frames .thumb[data-n]:not([aria-current])').first();
  if (await other.count()) {
    await other.tap();
    await page.waitForFunction((old) => document.querySelector('#page').getAttribute('src').split('/').at(-1) !== old, before.split('/').at(-1));
  }
  assert.deepEqual(complaints, []);
});

test('from a page to its labels and back, and the book is as it was', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints, book } = await open(t, 4);
  await page.tap('#side-training');
  await page.locator('#epoch').fill('2');
  const thumb = page.locator('#book-frames .thumb[data-n]').nth(5);
  const frame = book.frames[Number(await thumb.getAttribute('data-n'))].id;
  await thumb.tap();
  await page.waitForFunction((name) => document.querySelector('#page').getAttribute('src').includes(`flipbook/2/${name}`), frame);
  await page.evaluate(() => scrollTo(0, 600));
  const place = () => page.evaluate(() => [
    document.querySelector('#page').getAttribute('src'), document.querySelector('#epoch-text').textContent,
    document.querySelector('#side-training').ariaPressed, document.querySelector('#book-frames [aria-current=true]').dataset.n, Math.round(scrollY),
  ]);
  const before = await place();
  assert.ok(before[4] > 300, `scrolled to ${before[4]}`);
  // A finger, not `tap`: that scrolls before it touches.
  const link = await page.locator('#correct').boundingBox();
  await page.touchscreen.tap(link.x + link.width / 2, link.y + link.height / 2);
  await page.locator('#label-title').waitFor();
  assert.ok(page.url().endsWith(`#/label/${frame}`), page.url());
  await page.goBack();
  await page.locator('#page[src]').waitFor();
  await page.waitForFunction((y) => Math.abs(scrollY - y) < 2, before[4]);
  assert.deepEqual(await place(), before);
  assert.deepEqual(complaints, []);
});

test('a page is looked at closely: by double tap, pinch, one finger, wheel and keys', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints, drag, fingers } = await open(t, 1);
  const [zoom, picture] = [page.locator('.zoom').first(), page.locator('#page')];
  const { x, y, width, height } = await zoom.boundingBox();
  const times = async () => (await picture.boundingBox()).width / width;
  const [middle, centre] = [x + width / 2, y + height / 2];
  const twice = async () => { for (let i = 0; i < 2; i += 1) await page.touchscreen.tap(middle, centre); };
  await twice();
  assert.ok(await times() > 2, 'a double tap enlarges');
  const before = await picture.boundingBox();
  await drag(between([middle, centre], [middle + 60, centre + 40]));
  const moved = await picture.boundingBox();
  assert.ok(moved.x - before.x > 40 && moved.y - before.y > 20, `moved by ${moved.x - before.x}, ${moved.y - before.y}`);
  assert.equal(await page.evaluate(() => scrollY), 0, 'the page did not scroll');
  await twice();
  assert.ok(Math.abs(await times() - 1) < 0.01, 'and another shows all of it');
  await fingers(between([middle - 20, centre], [middle - 90, centre]), between([middle + 20, centre], [middle + 90, centre]));
  assert.ok(await times() > 2.5, `a pinch enlarges: ${await times()}`);
  await fingers(between([middle - 150, centre], [middle - 10, centre]), between([middle + 150, centre], [middle + 10, centre]));
  assert.ok(Math.abs(await times() - 1) < 0.01, 'and takes it back');
  await page.mouse.move(middle, centre);
  await page.mouse.wheel(0, -500);
  await page.waitForFunction(() => document.querySelector('.zoom.large'));
  await page.locator('.zoom button').first().press('0');
  assert.ok(Math.abs(await times() - 1) < 0.01, 'a key shows all of it');
  // At its own size the picture leaves one finger to the page.
  await drag(between([middle, centre + 60], [middle, centre - 160], 20));
  await page.waitForFunction(() => scrollY > 50);
  assert.deepEqual(complaints, []);
});

test('the animation is shared as a file, or saved, and the page stays', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints } = await open(t, 1);
  const address = page.url();
  const saved = page.waitForEvent('download');
  await page.evaluate(() => { Object.defineProperty(navigator, 'canShare', { configurable: true, value: () => false }); });
  await page.tap('#gif');
  assert.match((await saved).suggestedFilename(), /\.gif$/);
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'canShare', { value: ({ files }) => files.every((file) => file.type === 'image/gif') });
    Object.defineProperty(navigator, 'share', { value: async ({ files }) => { window.shared = [files[0].name, files[0].size]; } });
  });
  await page.tap('#gif');
  await page.waitForFunction(() => window.shared);
  const [name, size] = await page.evaluate(() => window.shared);
  assert.ok(name.endsWith('.gif') && size > 1000, `${name}, ${size} bytes`);
  assert.equal(page.url(), address);
  assert.ok(await page.locator('#page[src]').isVisible());
  assert.deepEqual(complaints, []);
});
