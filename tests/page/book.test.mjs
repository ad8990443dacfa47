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
  const { page, complaints } = await open(t, 4);
  await page.tap('#side-training');
  await page.locator('#epoch').fill('2');
  await page.locator('#book-frames .thumb[data-n]').nth(5).tap();
  await page.waitForFunction(() => /flipbook\/2\//.test(document.querySelector('#page').getAttribute('src')));
  await page.evaluate(() => scrollTo(0, 600));
  const place = () => page.evaluate(() => [
    document.querySelector('#page').getAttribute('src'), document.querySelector('#epoch-text').textContent,
    document.querySelector('#side-training').ariaPressed, document.querySelector('#book-frames [aria-current=true]').dataset.n, Math.round(scrollY),
  ]);
  const before = await place();
  const frame = before[0].match(/([^/]+)\.jpg/)[1];
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
