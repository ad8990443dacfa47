// Many tabs of one browser: one stream of events for all of them; and a device that asks to be waited for.
//
//   FIELDCOACH_URL       address of a daemon without a token (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It makes categories: run it on data that may change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, launch } from './browser.mjs';
import { base } from './daemon.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Streams of events that are open at the device. */
async function listeners() {
  const text = await (await fetch(`${base}metrics`)).text();
  return Number(/^fieldcoach_event_listeners (\d+)$/m.exec(text)[1]);
}

async function addCategory(name) {
  const response = await fetch(`${base}api/v1/categories`, { method: 'POST', body: JSON.stringify({ name }) });
  assert.equal(response.status, 201);
}

test('eight tabs share one stream, and go on when the one that has it is closed', async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  // What is shown after this was told by an event, not asked for in a while.
  await context.addInitScript(() => { globalThis.setInterval = () => 0; });
  const tabs = [];
  for (let n = 0; n < 8; n += 1) {
    const tab = await context.newPage();
    await tab.goto(`${base}#/categories`);
    await tab.locator('#categories-list').waitFor();
    tabs.push(tab);
  }
  const shows = (name) => Promise.all(tabs.map((tab) => tab.locator(`[data-category="${name}"]`).waitFor()));
  await eventually(async () => assert.equal(await listeners(), 1));
  await addCategory('told to eight');
  await shows('told to eight');
  assert.equal(await listeners(), 1);
  // The last one that was opened has it.
  for (const left of [7, 6]) {
    await tabs.pop().close();
    // At once, when nobody listens maybe: it is not missed.
    await addCategory(`told to ${left}`);
    await shows(`told to ${left}`);
    await eventually(async () => assert.equal(await listeners(), 1));
  }
  await context.close();
  await eventually(async () => assert.equal(await listeners(), 0));
});

test('a device that asks to be waited for is asked again then', async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const tab = await context.newPage();
  let asked = 0;
  await tab.route('**/api/v1/categories', (route) => {
    asked += 1;
    if (asked > 1) return route.continue();
    return route.fulfill({ status: 503, headers: { 'retry-after': '1' }, contentType: 'application/problem+json', body: '{"detail": "busy"}' });
  });
  await addCategory('worth waiting for');
  await tab.goto(`${base}#/categories`);
  await tab.locator('[data-category="worth waiting for"]').waitFor();
  assert.ok(asked > 1);
});
