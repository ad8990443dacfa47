// What the tests of labelling share: a device made for them, and a phone that labels on it.
import { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { between, launch, phone as newPhone, photograph, pictureOn } from './browser.mjs';

assert.ok(process.env.FIELDCOACH_URL, 'set FIELDCOACH_URL to the address of a running daemon');
export const base = process.env.FIELDCOACH_URL.replace(/\/*$/, '/');
let browser, jpeg;

const send = (path, method, body) => fetch(`${base}api/v1/${path}`, { method, headers: { 'content-type': body instanceof Buffer ? 'image/jpeg' : 'application/json' }, body: body instanceof Buffer || body === undefined ? body : JSON.stringify(body) });
export async function api(path, method = 'GET', body = undefined) {
  const response = await send(path, method, body);
  assert.ok(response.ok, `${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
}
export const labelsOf = (frame) => api(`frames/${frame.id}/labels`);

before(async () => {
  browser = await launch();
  jpeg = await photograph(base);
});
after(() => browser?.close());

/** `n` new frames, in the order in which they are asked for; no other is without labels. */
export async function frames(n) {
  for (const { id } of (await api('frames?phase=unlabelled&limit=500')).items) {
    const { revision } = await api(`frames/${id}/labels`);
    await api(`frames/${id}/labels`, 'PUT', { revision, phase: 'labelled', labels: [] });
  }
  const made = [];
  for (let i = n; i > 0; i -= 1) made.unshift(await frame());
  return made;
}
/** One more, which is asked for before all others. */
export const frame = (picture = jpeg) => api(`frames?name=${crypto.randomUUID().slice(0, 8)}`, 'POST', picture);
/** A picture of so many pixels. */
export async function pictureOf(width, height) {
  const page = await browser.newPage();
  const url = await page.evaluate((size) => Object.assign(document.createElement('canvas'), size).toDataURL('image/jpeg'), { width, height });
  await page.close();
  return Buffer.from(url.split(',')[1], 'base64');
}
export async function categories() {
  const there = (await api('categories')).items.map(({ name }) => name);
  for (const [name, colour, kind] of [['WBC', '#e4572e', 'box'], ['RBC', '#2e86de', 'box'], ['night', '#9b5de5', 'tag']]) if (!there.includes(name)) await api('categories', 'POST', { name, colour, kind });
}

/**
 * The label view on a phone, with the first frame shown; `proposals` for every frame of the queue; `bare`: a browser that
 * keeps nothing, so that every frame comes from the device when it is wanted; `prepare`: done before the page is opened.
 */
export async function label(t, first, { proposals, bare = false, size, prepare } = {}) {
  const own = await newPhone(browser, t, size);
  const { page } = own;
  await prepare?.(page);
  if (bare) await page.addInitScript(() => Object.defineProperty(self, 'indexedDB', { value: undefined }));
  if (proposals) {
    await page.route(/\/queue\?/, async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      for (const item of answer.items) Object.assign(item, { proposals, reason: 'the model is unsure: WBC at 52 %' });
      await route.fulfill({ response, json: answer });
    });
  }
  const written = [];
  page.on('request', (request) => { if (request.method() === 'PUT') written.push(request.url().match(/frames\/([^/]+)\/labels/)[1]); });
  await page.goto(`${base}#/label`, { waitUntil: 'domcontentloaded' });
  const shown = (frame) => page.locator('#frame-info small', { hasText: frame.name }).waitFor();
  await shown(first);
  // What comes later takes room from the picture.
  await page.locator('#strip').waitFor();
  if (proposals) await page.locator('#proposals').waitFor();
  const picture = await pictureOn(page);
  const at = (x, y) => [picture.x + x * picture.scale, picture.y + y * picture.scale];
  const spot = async (selector) => { const box = await page.locator(selector).boundingBox(); return [box.x + box.width / 2, box.y + box.height / 2]; };
  return {
    ...own, written, shown, at, spot,
    /** Draws a box, in pixels of the frame. */
    draw: ([x, y, w, h]) => own.drag(between(at(x, y), at(x + w, y + h))),
    tap: (x, y) => page.touchscreen.tap(...at(x, y)),
    boxes: (n) => page.locator(`#frame-info b:text-is("${n} ${n === 1 ? 'box' : 'boxes'}")`).waitFor(),
    async save() {
      await page.locator('#save:not([aria-disabled=true])').waitFor();
      const answer = page.waitForResponse((response) => response.request().method() === 'PUT');
      await page.tap('#save');
      assert.ok((await answer).ok());
    },
  };
}
