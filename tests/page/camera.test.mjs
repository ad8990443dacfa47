// The camera view in a real browser, driven by touch against a running daemon whose camera a model looks at.
//
//   FIELDCOACH_URL       address of the daemon, such as http://127.0.0.1:8080/ (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It keeps frames and changes what is watched: run it on data that may change.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { between, launch, phone as newPhone } from './browser.mjs';
import { api, base, PATIENCE } from './daemon.mjs';

let browser;
const NOTHING = { categories: {}, zones: [] };
const watch = (body) => api('watch', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

before(async () => {
  const deadline = Date.now() + PATIENCE;
  while (!(await api('detections'))?.objects.length) {
    assert.ok(Date.now() < deadline, 'no model sees anything on the camera');
    await new Promise((done) => { setTimeout(done, 500); });
  }
  await watch(NOTHING);
  browser = await launch();
});
after(async () => {
  await watch(NOTHING);
  await browser?.close();
});

/** A phone that shows the camera; `role`: as somebody who may do less; `status`: with what the device says of itself changed. */
async function phone(t, { role, status, size } = {}) {
  const own = await newPhone(browser, t, size);
  const changed = (path, change) => own.page.route(`**/api/v1/${path}`, async (route) => {
    const response = await fetch(route.request().url()); // apart from the page, which may be closed meanwhile
    await route.fulfill({ status: response.status, json: change(await response.json()) }).catch(() => {});
  });
  if (role) await changed('me', (me) => ({ ...me, role }));
  if (status) await changed('status', status);
  await own.page.goto(`${base}#/camera`, { waitUntil: 'domcontentloaded' });
  return own;
}

/** The middle of an element, for a finger. */
const middle = async (locator) => {
  const { x, y, width, height } = await locator.boundingBox();
  return [x + width / 2, y + height / 2];
};

/** Lets the picture stand still at a look that saw something, and gives that look. */
async function hold(page) {
  await page.locator('#boxes .box').first().waitFor({ timeout: PATIENCE });
  await page.tap('#hold');
  await page.locator('#held').waitFor();
  return api(`detections/${await page.locator('#picture').getAttribute('data-look')}`);
}

test('the picture and its boxes are of one and the same look', async (t) => {
  const { page, complaints } = await phone(t);
  const look = await hold(page);
  const shown = await page.locator('#boxes .box').evaluateAll((boxes) => boxes.map((box) => [
    box.querySelector('button').dataset.category,
    ...['--x', '--y', '--w', '--h'].map((name) => Number.parseFloat(box.style.getPropertyValue(name)) / 100),
  ]));
  const seen = look.objects.filter(({ bbox }) => bbox).map(({ category, bbox: [x, y, w, h] }) => [category, x / look.width, y / look.height, w / look.width, h / look.height]);
  assert.equal(shown.length, seen.length);
  shown.forEach(([category, ...place], n) => {
    assert.equal(category, seen[n][0]);
    place.forEach((share, i) => assert.ok(Math.abs(share - seen[n][i + 1]) < 1e-4, `box ${n}: ${place}, not ${seen[n].slice(1)}`));
  });
  const different = await page.evaluate(async (id) => {
    const pixels = (image, { width, height }) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, width, height).data;
    };
    const own = await createImageBitmap(await (await fetch(`api/v1/detections/${id}.jpg`)).blob());
    const canvas = document.querySelector('canvas#live');
    const [a, b] = [pixels(own, own), pixels(canvas, canvas)];
    return a.length !== b.length || a.some((value, i) => Math.abs(value - b[i]) > 2);
  }, look.id);
  assert.ok(!different, 'the picture is another frame than the one the boxes are of');
  assert.deepEqual(complaints, []);
});

test('on its side, too, the boxes lie on the picture and nowhere else', async (t) => {
  const { page } = await phone(t, { size: { width: 844, height: 390 } });
  const look = await hold(page);
  const [boxes, picture] = await Promise.all(['#boxes', '#live'].map((id) => page.locator(id).boundingBox()));
  assert.deepEqual(boxes, picture);
  // Of another shape it would have bars beside the picture, and the boxes with them.
  assert.ok(Math.abs(boxes.width / boxes.height - look.width / look.height) < 0.02, JSON.stringify(boxes));
});

test('a false alarm takes one tap, and can be taken back', async (t) => {
  const { page, complaints } = await phone(t);
  await page.locator('#capture').waitFor();
  const look = await hold(page);
  const written = () => page.waitForResponse((r) => r.url().endsWith('/detections/keep'));
  // The smallest box is meant by a finger on its middle, whatever lies around it.
  const sizes = look.objects.map(({ bbox }) => (bbox ? bbox[2] * bbox[3] : Infinity));
  const at = sizes.indexOf(Math.min(...sizes));
  const { category, bbox } = look.objects[at];
  const keeping = written();
  await page.touchscreen.tap(...(await middle(page.locator(`[data-object="${at}"]`))));
  const kept = await (await keeping).json();
  assert.equal(kept.frame.taken, look.taken);
  assert.equal(kept.labels.phase, 'unlabelled');
  const same = (other) => other.category === category && other.bbox.every((value, i) => Math.abs(value - bbox[i]) < 0.01);
  assert.ok(kept.labels.rejected.length === 1 && same(kept.labels.rejected[0]), JSON.stringify(kept.labels.rejected));
  assert.equal(kept.labels.labels.length + kept.left_out.length, look.objects.length - 1);
  await page.locator('#wrong[aria-pressed=true]').waitFor();
  assert.equal(await page.locator('#kept a').getAttribute('href'), `#/label/${kept.frame.id}`);

  // Right after all.
  const again = written();
  await page.tap('#right');
  await again;
  await page.locator('#right[aria-pressed=true]').waitFor();
  const right = await api(`frames/${kept.frame.id}/labels`);
  assert.ok(right.labels.some(same) && right.rejected === undefined);
  // Taken back, it is wrong as before.
  await page.tap('#undo-go');
  await page.locator('#wrong[aria-pressed=true]').waitFor();
  assert.ok((await api(`frames/${kept.frame.id}/labels`)).rejected.some(same));
  await page.tap('#back-live');
  await page.locator('#verdict').waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
});

test('a captured frame says how much is seen in it, and leads to its labels', async (t) => {
  const { page } = await phone(t);
  await page.tap('#capture');
  await page.locator('#proposed').waitFor({ timeout: PATIENCE });
  const id = (await page.locator('#captured a').getAttribute('href')).replace('#/label/', '');
  const { items } = await api(`frames/${id}/proposals`);
  const text = await page.locator('#proposed').textContent();
  assert.match(text, items.length ? new RegExp(`\\b${items.length} things?\\b`) : /nothing/);
});

test('a zone is drawn with a finger, moved by keys, and undone', async (t) => {
  const { page, complaints, drag } = await phone(t);
  await page.tap('#zone-add');
  const layer = page.locator('#sketch');
  await layer.waitFor();
  const { x, y, width, height } = await layer.boundingBox();
  const at = (across, down) => [x + width * across, y + height * down];
  const corners = [[0.2, 0.3], [0.8, 0.3], [0.8, 0.7], [0.2, 0.7]];
  for (const [n, corner] of corners.entries()) {
    await page.touchscreen.tap(...at(...corner));
    await page.locator(`[data-corner="${n}"]`).waitFor();
  }
  assert.ok(await page.locator('#zone-save').isDisabled());
  await page.touchscreen.tap(...at(0.2, 0.3)); // the first again closes it
  await page.locator('#corner-add').waitFor();
  await drag(between(at(0.8, 0.7), at(0.9, 0.9)));
  await page.locator('[data-corner="1"]').focus();
  await page.keyboard.press('ArrowRight');
  await page.fill('#zone-name', 'lamp');
  await page.tap('#zone-kind-ignore');
  await page.locator('#zone-form .chip').first().tap();
  const only = (await page.locator('#zone-form .chip').first().textContent()).trim();
  await page.tap('#zone-save');
  await page.locator('#zones [data-zone=lamp]').waitFor();
  const { zones: [zone] } = await api('watch');
  assert.deepEqual([zone.name, zone.kind, zone.categories], ['lamp', 'ignore', [only]]);
  const wanted = [[0.2, 0.3], [0.81, 0.3], [0.9, 0.9], [0.2, 0.7]];
  zone.polygon.forEach(([a, b], n) => assert.ok(Math.hypot(a - wanted[n][0], b - wanted[n][1]) < 0.02, `corner ${n}: ${[a, b]}, drawn ${wanted[n]}`));
  await page.locator('#picture .zones polygon.ignore').waitFor({ state: 'attached' });
  await page.tap('#undo-go');
  await page.locator('#zones [data-zone=lamp]').waitFor({ state: 'detached' });
  assert.deepEqual((await api('watch')).zones, []);
  assert.deepEqual(complaints, []);
});

test('how sure and how large is set for each category, and given back to the model', async (t) => {
  const { page } = await phone(t);
  const row = page.locator('#counts > li').first();
  await row.locator('summary').tap();
  const category = await row.getAttribute('data-category');
  const settled = async (what) => {
    const written = page.waitForResponse((r) => r.url().endsWith('/watch') && r.request().method() === 'PUT');
    await what();
    assert.equal((await written).status(), 200);
    return (await api('watch')).categories[category];
  };
  const set = (id, value) => settled(() => page.locator(`[id="${id}-${category}"]`).fill(String(value)));
  assert.equal((await set('score', 0.6)).score.toFixed(2), '0.60');
  const both = await set('smallest', 0.05);
  assert.deepEqual([both.score.toFixed(2), both.smallest.toFixed(2)], ['0.60', '0.05']);
  await settled(() => row.locator('button').tap());
  assert.equal(await set('smallest', 0), undefined);
});

test('what came and left is told, also of one category alone', async (t) => {
  const { page } = await phone(t);
  const rows = page.locator('#timeline > li[data-category]');
  await rows.first().waitFor({ timeout: PATIENCE });
  const category = await rows.first().getAttribute('data-category');
  await page.selectOption('#timeline-category', category);
  await rows.first().waitFor();
  const shown = await rows.evaluateAll((all) => all.map((row) => row.dataset.category));
  assert.deepEqual([...new Set(shown)], [category]);
});

test('a viewer looks, and is offered nothing else', async (t) => {
  await watch({ categories: {}, zones: [{ name: 'belt', kind: 'watch', polygon: [[0, 0], [1, 0], [1, 1], [0, 1]] }] });
  const { page, complaints } = await phone(t, { role: 'viewer' });
  await page.locator('#zones [data-zone=belt]').waitFor();
  await page.locator('#boxes .box').first().waitFor({ timeout: PATIENCE });
  await page.touchscreen.tap(...(await middle(page.locator('[data-object]').first())));
  await page.locator('#verdict').waitFor();
  for (const id of ['wrong', 'right', 'keep', 'capture', 'zone-add']) assert.equal(await page.locator(`#${id}`).count(), 0, id);
  assert.equal(await page.locator('#counts details').count(), 0);
  await watch(NOTHING);
  assert.deepEqual(complaints, []);
});

test('a model that was kept is told of, with the way to Train', async (t) => {
  const { page } = await phone(t, { status: (status) => ({ ...status, model: null }) });
  await page.route(/\/api\/v1\/models\?/, async (route) => {
    const { items } = await api('models');
    await route.fulfill({ json: { items: items.map((model) => ({ ...model, deployed: false })), next: null } });
  });
  await page.reload();
  const told = page.locator('#deployed', { hasText: 'kept' });
  await told.waitFor();
  await told.locator('a[href="#/train"]').tap();
  await page.locator('#train-title').waitFor();
});

test('a camera that gives no picture says so in words', async (t) => {
  const error = 'no frame for 10 s';
  const so = (said) => ({ status: (status) => ({ ...status, cameras: status.cameras.map((camera) => ({ ...camera, ...said })) }) });
  const lost = await phone(t, so({ state: 'lost', error }));
  await lost.page.locator('#no-picture').waitFor();
  assert.match(await lost.page.locator('#no-picture').textContent(), /lost.*no frame for 10 s/);
  assert.equal(await lost.page.locator('#live').count(), 0, 'a picture of before is shown as if it were live');
  assert.equal(await lost.page.locator('#capture').count(), 0, 'what is not there can be captured');
  assert.match(await lost.page.locator('#detections').textContent(), /nothing is seen/i);
  const none = await phone(t, so({ state: 'starting', width: 0, height: 0, error: '/dev/video0: no such device' }));
  await none.page.locator('#no-picture').waitFor();
  assert.match(await none.page.locator('#no-picture').textContent(), /No camera yet/);
});
