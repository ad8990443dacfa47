// The fleet's page and the pages of its devices in a real browser: real devices that only a broker reaches, a real fleet server.
//
//   FIELDCOACH_PROGRAM   the program (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { between, eventually, launch, phone, pictureOn } from './browser.mjs';
import { world } from './fleet-world.mjs';

assert.ok(process.env.FIELDCOACH_PROGRAM, 'set FIELDCOACH_PROGRAM');
/** Milliseconds for what a device computes. */
const PATIENCE = 300_000;
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Asks until it answers: a camera is only starting, a device only being heard. */
const soon = (ask) => eventually(ask, 120_000);

/** Where the thing is in the `n`th picture, in pixels. */
const thing = (n) => [60 + (n * 137) % 400, 40 + (n * 89) % 260, 120, 100];

/** Pictures with a thing in each, as nobody would take them within seconds of one another. */
async function pictures(n) {
  const page = await browser.newPage();
  const urls = await page.evaluate((things) => things.map(([x, y, w, h], n) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
    const ink = canvas.getContext('2d');
    for (let i = 0; i < 300; i += 1) {
      ink.fillStyle = `hsl(${(n * 47 + i * 7) % 360} 30% ${20 + (i * 13) % 60}%)`;
      ink.fillRect((i * 97 * (n + 1)) % 640, (i * 61 * (n + 2)) % 480, 90, 70);
    }
    ink.fillStyle = '#e03020';
    ink.fillRect(x, y, w, h);
    return canvas.toDataURL('image/jpeg', 0.9);
  }), Array.from({ length: n }, (_, i) => thing(i)));
  await page.close();
  return urls.map((url) => Buffer.from(url.split(',')[1], 'base64'));
}

/** Draws a box on the frame that is shown, in pixels of it, and saves it. */
async function labelled({ page, drag }, frame, [left, top, wide, high] = [200, 150, 200, 150]) {
  await page.locator(`.board[aria-busy=false] [data-frame="${frame}"], #board[data-frame="${frame}"]`).first().waitFor();
  await page.locator('#frame-info:not(:empty)').waitFor();
  await page.locator('#strip').waitFor(); // what comes later takes room from the picture
  const { x, y, scale } = await pictureOn(page);
  await drag(between([x + left * scale, y + top * scale], [x + (left + wide) * scale, y + (top + high) * scale]));
  await page.locator('#frame-info b:text-is("1 box")').waitFor();
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  await page.tap('#save');
}

test('ten frames of a device that listens nowhere are labelled, it trains, and its flip book is watched', { timeout: 4 * PATIENCE }, async (t) => {
  const { device, fleet } = await world(t);
  const cam = await device('cam-7', '[train]\nexperiments = 2\nepochs = 3\n');
  const server = await fleet();
  const own = await phone(browser, t);
  const { page } = own;
  const elsewhere = [];
  page.on('request', (request) => { if (!request.url().startsWith(server.url) && !/^(blob|data):/.test(request.url())) elsewhere.push(request.url()); });

  // It is heard, and reached as soon as it has issued a token.
  await page.goto(server.url);
  await page.locator('[data-device=cam-7] .status.online').waitFor({ timeout: PATIENCE });
  await page.tap('[data-device=cam-7] > a');
  await page.fill('#token', `fct_${'x'.repeat(40)}`);
  await page.tap('#token-go');
  await page.locator('#token-error:not(:empty)').waitFor({ timeout: 60_000 });
  await page.fill('#token', cam.token('admin'));
  await page.tap('#token-go');
  await page.locator('#open').waitFor({ timeout: 60_000 });
  const things = new Map();
  for (const [i, jpeg] of (await pictures(10)).entries()) {
    const { id } = await server.api('devices/cam-7/api/v1/frames', 'POST', jpeg);
    things.set(id, thing(i));
  }
  await server.api('devices/cam-7/api/v1/categories', 'POST', { name: 'thing', colour: '#e4572e', kind: 'box' });

  await page.tap('#open');
  await page.waitForURL(`${server.url}devices/cam-7/**`);
  // Without a model, what the camera saw last.
  await page.tap('.tabs [data-tab=camera]');
  await page.locator('#live:not([hidden])').waitFor({ timeout: PATIENCE });
  await page.tap('.tabs [data-tab=label]');
  const done = new Set();
  while ([...things.keys()].some((id) => !done.has(id))) {
    const frame = await page.waitForFunction((known) => {
      const { frame } = document.querySelector('#board')?.dataset ?? {};
      return document.querySelector('.board[aria-busy=false]') && frame && !known.includes(frame) && frame;
    }, [...done], { timeout: 60_000 });
    done.add(await frame.jsonValue());
    await labelled(own, [...done].at(-1), things.get([...done].at(-1)));
  }
  await soon(async () => assert.ok((await server.api('devices/cam-7/api/v1/frames?phase=labelled&limit=50')).items.length >= 10));

  await page.tap('.tabs [data-tab=train]');
  // What it would learn from takes a device a while to say.
  await eventually(async () => {
    if (await page.locator('#sheet-close').count()) await page.tap('#sheet-close');
    await page.tap('#start');
    await page.locator('#sheet-train:not([disabled])').waitFor();
  }, 120_000);
  await page.locator('#sheet-minutes input[value="2"]').tap();
  await page.tap('#sheet-train');
  const { items: [training] } = await soon(async () => {
    const found = await server.api('devices/cam-7/api/v1/trainings');
    assert.ok(found.items.length);
    return found;
  });
  // While it trains the fleet's page says so.
  const other = await phone(browser, t);
  await other.page.goto(`${server.url}#/devices/cam-7`);
  await other.page.locator('#facts progress').waitFor({ timeout: PATIENCE });
  await page.goto(`${server.url}devices/cam-7/#/trainings/${training.id}`);
  await page.locator('#page[src]').waitFor({ timeout: PATIENCE });
  await page.waitForFunction(() => document.querySelector('#page').naturalWidth > 0, null, { timeout: 60_000 });
  await eventually(async () => assert.equal((await server.api(`devices/cam-7/api/v1/trainings/${training.id}`)).state, 'done'), 2 * PATIENCE);
  await page.locator('#epoch').fill('1');
  await page.locator('#page[src*="flipbook/1/"]').waitFor();
  await page.waitForFunction(() => document.querySelector('#page').naturalWidth > 0);
  // The fleet's page shows it by what the device tells by itself.
  await other.page.goto(`${server.url}#/devices/cam-7`);
  await other.page.locator('#picture img').waitFor({ timeout: 60_000 });
  await other.page.waitForFunction(() => document.querySelector('#picture img').naturalWidth > 0);
  // Whether the model is good enough to go live the device decides.
  await other.page.locator('.history [data-kind=training]', { hasText: 'is over' }).first().waitFor({ timeout: 60_000 });
  assert.deepEqual(other.complaints, []);
  // And back.
  await page.tap('.brand');
  await page.waitForURL((url) => url.href.startsWith(server.url) && url.pathname === '/');
  assert.deepEqual(elsewhere, []);
});

test('a device that goes away is told, what is labelled meanwhile waits in the browser, and an order is carried out', { timeout: 4 * PATIENCE }, async (t) => {
  const { device, fleet } = await world(t);
  const [cam] = await Promise.all([device('cam-1'), device('cam-2')]);
  let server = await fleet();
  await soon(() => server.api('api/v1/devices/cam-1/token', 'PUT', { secret: cam.token('admin') }));
  const own = await phone(browser, t, { serviceWorkers: 'allow' });
  const { page } = own;
  await page.goto(server.url);
  for (const id of ['cam-1', 'cam-2']) await page.locator(`[data-device=${id}] .status.online`).waitFor({ timeout: PATIENCE });

  for (const id of ['cam-1', 'cam-2']) await soon(async () => assert.equal((await server.api(`api/v1/devices/${id}`)).cameras[0]?.state, 'streaming'));

  // Both capture a frame, one of them first.
  await page.tap('#choose');
  await page.tap('#choose-all');
  await page.tap('#order');
  await page.tap('#order-go');
  await page.locator('#order-state[data-state=done]').waitFor({ timeout: 60_000 });
  assert.equal(await page.locator('#order-devices .badge.good').count(), 2);

  // Its page opens, and goes on without the server.
  await server.api('devices/cam-1/api/v1/categories', 'POST', { name: 'thing', colour: '#e4572e', kind: 'box' });
  await page.goto(`${server.url}devices/cam-1/#/label`);
  const frame = await (await page.waitForFunction(() => document.querySelector('.board[aria-busy=false]') && document.querySelector('#board')?.dataset.frame, null, { timeout: 60_000 })).jsonValue();
  assert.deepEqual(await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    return (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => new URL(scope).pathname);
  }), ['/devices/cam-1/']);
  await server.stop();
  await labelled(own, frame);
  await page.locator('#unsent[data-count="1"]').waitFor();
  await page.reload();
  await page.locator('#unsent[data-count="1"]').waitFor();
  server = await fleet();
  await page.locator('#unsent').waitFor({ state: 'hidden', timeout: PATIENCE });
  assert.equal((await server.api(`devices/cam-1/api/v1/frames/${frame}/labels`)).labels.length, 1);

  // The device goes: the list says so, and so does its page.
  await cam.stop();
  await page.goto(server.url);
  await page.locator('[data-device=cam-1] .status.offline').waitFor({ timeout: 60_000 });
  await page.locator('[data-device=cam-2] .status.online').waitFor();
  await page.goto(`${server.url}#/history?device=cam-1`);
  await page.locator('.history [data-kind=offline]').waitFor();
  await page.goto(`${server.url}devices/cam-1/#/device`);
  await page.locator('#link.off').waitFor({ timeout: 60_000 });
  await cam.start();
  await page.locator('#link.on').waitFor({ timeout: PATIENCE });
  await page.locator('#status > li').first().waitFor({ timeout: 60_000 });
});
