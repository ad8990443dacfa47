// Labels are never wrong in silence: the label view in a real browser, by touch, against a running daemon.
//
//   FIELDCOACH_URL       address of a daemon without a token, without categories and models (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It labels every frame there is: run it on a device made for it. Proposals are put into the queue's answers, as no model
// is there to make them; all else is the daemon's.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { between, eventually, pictureOn } from './browser.mjs';
import { api, base, categories, frame, frames, label, labelsOf, pictureOf } from './labelling.mjs';

const near = (bbox, wanted) => bbox.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) <= 8, `${bbox}, drawn ${wanted}`));
const PROPOSALS = [[40, 40, 120, 100], [240, 60, 120, 100], [420, 240, 140, 120]].map((bbox, i) => ({ category: 'WBC', score: 0.52 + i / 10, bbox }));

test('a first box stays in view until it has a category, and the form stays above the keyboard', async (t) => {
  assert.deepEqual((await api('categories')).items, [], 'run this on a device without categories');
  const [first] = await frames(2);
  const { page, draw, boxes, save, at } = await label(t, first);
  const around = (x, y) => page.evaluate(([px, py]) => {
    const canvas = document.querySelector('#board');
    const r = canvas.getBoundingClientRect(), k = canvas.width / r.width;
    return [...canvas.getContext('2d').getImageData((px - r.x) * k - 4, (py - r.y) * k - 4, 8, 8).data].join();
  }, at(x, y));
  const bare = await around(100, 150);
  await draw([100, 100, 200, 120]);
  await page.locator('#category-form').waitFor();
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  await page.evaluate(() => scrollTo(0, 0));
  assert.notEqual(await around(100, 150), bare, 'the box is drawn');
  assert.ok(!(await page.locator('#nothing').count()) || await page.locator('#nothing').isHidden());
  assert.doesNotMatch(await page.locator('#save').textContent(), /nothing/i);
  // A keyboard comes up.
  await page.evaluate(() => {
    Object.defineProperty(visualViewport, 'height', { value: innerHeight - 336, configurable: true });
    visualViewport.dispatchEvent(new Event('resize'));
  });
  const add = await page.locator('#category-form .primary').boundingBox(), form = await page.locator('#category-form').boundingBox();
  assert.ok(add.y >= 0 && add.y + add.height <= 844 - 336, `Add ends at ${add.y + add.height}`);
  const picture = await pictureOn(page);
  assert.ok(picture.y + (100 + 120) * picture.scale <= form.y, 'the box is not behind the form');
  await page.evaluate(() => { delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize')); });
  // Until then the frame stays.
  await page.evaluate(() => document.querySelector('#next').click());
  await page.locator('#banner', { hasText: 'no category yet' }).waitFor();
  await page.tap('#category-form .primary');
  await boxes(1);
  await save();
  assert.equal((await labelsOf(first)).labels.length, 1);
});

test('a second tap on Save does not save the next frame', async (t) => {
  await categories();
  for (const gap of [120, 200, 300]) {
    const [first, second] = await frames(3);
    const { page, draw, boxes, save, shown, spot, written } = await label(t, first);
    await draw([100, 100, 200, 120]);
    await boxes(1);
    await page.locator('#save:not([aria-disabled=true])').waitFor();
    const place = await spot('#save');
    await page.touchscreen.tap(...place);
    await page.waitForTimeout(gap); // a hand's pace, not a wait for something
    await page.touchscreen.tap(...place);
    await shown(second);
    await draw([100, 100, 200, 120]);
    await boxes(1);
    await save();
    assert.deepEqual(written, [first.id, second.id], `${gap} ms`);
    assert.equal((await labelsOf(second)).labels.length, 1);
  }
});

test('Save is deaf until the next frame has been in view for 0.6 s, however late that comes', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, draw, boxes, shown, spot, written } = await label(t, first, { bare: true });
  // Something that could be saved waits on the second frame.
  await page.tap('#next');
  await shown(second);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await page.tap('#prev');
  await shown(first);
  await draw([60, 60, 100, 120]);
  await boxes(1);
  let release;
  const held = new Promise((done) => { release = done; });
  await page.route(`**/frames/${second.id}/labels`, async (route) => { if (route.request().method() === 'GET') await held; await route.continue(); });
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  const place = await spot('#save');
  const waited = page.evaluate((name) => new Promise((done) => {
    let since = null;
    const look = () => {
      if (since === null && document.querySelector('#frame-info').textContent.includes(name)) since = performance.now();
      if (since !== null && document.querySelector('#save').getAttribute('aria-disabled') !== 'true' && !document.querySelector('#save').disabled) return done(performance.now() - since);
      return requestAnimationFrame(look);
    };
    look();
  }), second.name);
  await page.touchscreen.tap(...place);
  await page.waitForTimeout(700);
  await page.touchscreen.tap(...place); // while it loads
  release();
  await shown(second);
  await page.touchscreen.tap(...place); // as soon as it is there
  const deaf = await waited;
  assert.ok(deaf >= 590, `Save took taps ${deaf} ms after the frame came`);
  assert.deepEqual(written, [first.id]);
  assert.equal((await labelsOf(second)).revision, 0);
});

test('open proposals are never saved over in silence', async (t) => {
  await categories();
  const [first, second] = await frames(3);
  const { page, boxes, tap, save, shown, spot, written } = await label(t, first, { proposals: PROPOSALS });
  await page.locator('#proposals-text', { hasText: '3 proposals' }).waitFor();
  assert.doesNotMatch(await page.locator('#save').textContent(), /nothing/i);
  assert.ok(await page.locator('#nothing').isHidden());
  await page.touchscreen.tap(...await spot('#save'));
  // A tap takes a proposal, and has it in hand.
  await tap(100, 90);
  await boxes(1);
  await page.locator('#selection').waitFor();
  assert.equal(await page.locator('#selection-name').inputValue(), 'WBC');
  // A second one refuses it, and undo has it back.
  await tap(100, 90);
  await boxes(0);
  await page.tap('#undo');
  await boxes(1);
  assert.deepEqual(written, []);
  await page.locator('#save:text-is("Save 1, leave 2 out")').waitFor();
  await save();
  await page.locator('#saved-text:text-is("Saved 1 box, left 2 out")').waitFor();
  const [saved] = (await labelsOf(first)).labels;
  assert.deepEqual([saved.bbox, saved.origin], [PROPOSALS[0].bbox, 'accepted']);
  assert.ok(Math.abs(saved.score - 0.52) < 1e-3);
  // "Nothing here" takes a word about the proposals first.
  await shown(second);
  await page.tap('#refuse-all');
  await page.locator('#nothing:not([aria-disabled=true])').waitFor();
  assert.equal(await page.locator('#save').getAttribute('aria-disabled'), 'true');
  const [nothing, most] = [await page.locator('#nothing').boundingBox(), await page.locator('#save').boundingBox()];
  assert.ok(nothing.width < most.width / 2 && nothing.y + nothing.height <= most.y, 'it is smaller, and elsewhere');
  await page.tap('#nothing');
  await page.locator('#saved-text:text-is("Saved: nothing here")').waitFor();
  assert.equal((await labelsOf(second)).phase, 'labelled');
});

test('proposals that were taken do not come again with the frame', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, boxes, tap, shown } = await label(t, first, { proposals: PROPOSALS });
  await tap(100, 90);
  await boxes(1);
  await page.tap('#next');
  await shown(second);
  await page.tap('#prev');
  await shown(first);
  await boxes(1);
  await page.locator('#proposals-text', { hasText: '2 proposals' }).waitFor();
});

test('what was saved can be taken back for 5 s, on the device', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, draw, boxes, save, shown } = await label(t, first);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await save();
  await shown(second);
  await page.tap('#saved-undo');
  await shown(first);
  const back = await labelsOf(first);
  assert.deepEqual([back.revision, back.phase, back.labels], [2, 'unlabelled', []]);
  // The drawing is still there, and can be saved after all.
  await boxes(1);
  await page.locator('#saved').waitFor({ state: 'hidden' });
  await page.evaluate(() => new MutationObserver(() => performance.mark(document.querySelector('#saved').hidden ? 'gone' : 'shown')).observe(document.querySelector('#saved'), { attributeFilter: ['hidden'] }));
  await save();
  const again = await labelsOf(first);
  assert.deepEqual([again.revision, again.labels.length], [3, 1]);
  // On a frame that had labels those come back.
  await page.locator('#saved').waitFor({ state: 'hidden' });
  const stayed = await page.evaluate(() => performance.measure('stayed', 'shown', 'gone').duration);
  assert.ok(stayed > 4900, `it stayed ${stayed} ms`);
  await page.goto(`${base}#/label/${first.id}`);
  await shown(first);
  await boxes(1);
  await draw([400, 300, 100, 80]);
  await boxes(2);
  await save();
  assert.equal((await labelsOf(first)).labels.length, 2);
  const written = page.waitForResponse((response) => response.request().method() === 'PUT');
  await page.tap('#saved-undo');
  await written;
  const before = await labelsOf(first);
  assert.deepEqual([before.phase, before.labels], ['labelled', again.labels]);
});

test('the last frame can be taken back, too', async (t) => {
  await categories();
  const [only] = await frames(1);
  const { page, draw, boxes, save, shown } = await label(t, only);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await save();
  await page.locator('#label-empty').waitFor();
  await page.tap('#saved-undo');
  await shown(only);
  await boxes(1);
  assert.equal((await labelsOf(only)).phase, 'unlabelled');
});

test('a chip sets what comes next, and the pill of a box its category', async (t) => {
  await categories();
  const [first] = await frames(2);
  const { page, draw, boxes, save, tap } = await label(t, first);
  const chip = (name) => page.locator('#chips .chip', { hasText: name });
  await chip('WBC').tap();
  await draw([60, 60, 100, 80]);
  await boxes(1);
  await chip('RBC').tap();
  await draw([300, 200, 100, 80]);
  await boxes(2);
  await chip('WBC').tap();
  await draw([460, 60, 100, 80]);
  await boxes(3);
  await tap(510, 100);
  await page.locator('#selection').waitFor();
  await chip('RBC').tap(); // not even with a box in hand
  assert.equal(await page.locator('#selection-name').inputValue(), 'WBC');
  await tap(350, 240);
  await page.locator('#selection-name').selectOption('WBC');
  await save();
  assert.deepEqual((await labelsOf(first)).labels.map((l) => l.category), ['WBC', 'WBC', 'WBC']);
});

test('a box becomes an example of its category, shown to whoever draws the next one', async (t) => {
  await categories();
  const [first] = await frames(2);
  const { page, draw, boxes, tap } = await label(t, first);
  const examples = async () => (await api('categories')).items.find(({ name }) => name === 'WBC').examples;
  await page.locator('#chips .chip', { hasText: 'WBC' }).tap();
  await draw([60, 60, 100, 80]);
  await boxes(1);
  await tap(110, 100);
  await page.tap('#as-example[aria-pressed=false]');
  await page.locator('#as-example[aria-pressed=true]').waitFor();
  const [kept] = await examples();
  assert.equal(kept.frame, first.id);
  near(kept.bbox, [60, 60, 100, 80]);
  await page.locator('#examples canvas[data-cut]').waitFor();
  await page.locator('#chips .chip', { hasText: 'RBC' }).tap();
  await page.locator('#examples').waitFor({ state: 'detached' });
  await page.tap('#as-example[aria-pressed=true]');
  await page.locator('#as-example[aria-pressed=false]').waitFor();
  assert.deepEqual(await examples(), []);
});

test('a stroke on or beside a box that was not tapped draws', async (t) => {
  await categories();
  const [first] = await frames(2);
  const { page, draw, boxes, save, tap, drag, at } = await label(t, first);
  const wanted = [[100, 100, 200, 160], [130, 130, 90, 70], [310, 270, 120, 90], [84, 84, 60, 60]];
  for (const [i, box] of wanted.entries()) {
    await draw(box); // the second inside the first, the third and the fourth at its corners
    await boxes(i + 1);
    assert.ok(await page.locator('#selection').isHidden(), 'a new box is not in hand');
  }
  // One that was tapped is moved.
  await tap(280, 240);
  await page.locator('#selection').waitFor();
  await drag(between(at(250, 225), at(300, 265)));
  await page.tap('#undo');
  await page.locator('#selection').waitFor(); // still the same one
  await page.tap('#redo');
  await save();
  const { labels } = await labelsOf(first);
  assert.equal(labels.length, 4);
  near(labels[0].bbox, [150, 140, 200, 160]);
  wanted.slice(1).forEach((box, i) => near(labels[i + 1].bbox, box));
});

test('the pill goes with its frame', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, draw, boxes, tap, shown } = await label(t, first);
  await draw([100, 200, 200, 120]);
  await boxes(1);
  await tap(200, 260);
  await page.locator('#selection').waitFor();
  await page.tap('#next');
  await shown(second);
  await page.locator('#selection').waitFor({ state: 'hidden' });
});

test('every frame without labels comes, skipped ones last, and none is forgotten', { timeout: 120_000 }, async (t) => {
  await categories();
  const made = await frames(30);
  const { page, draw, boxes, save, shown } = await label(t, made[0]);
  await page.locator('#frame-info small', { hasText: '30 left' }).waitFor();
  // Those of the line before were labelled a moment ago: the device may not have looked at them yet.
  await page.locator('#reason', { hasText: /: (new|it looks unlike what is labelled)$/ }).waitFor();
  const seen = new Set([made[0].name]);
  let before = made[0].name;
  for (let i = 1; i < 30; i += 1) {
    await page.tap('#next');
    await page.waitForFunction((old) => !document.querySelector('#label-empty').hidden || !document.querySelector('#frame-info').textContent.includes(old), before);
    assert.ok(await page.locator('#label-empty').isHidden(), `after ${i} of 30 nothing was left`);
    before = (await page.locator('#frame-info small').textContent()).match(/[0-9a-f]{8}/)[0];
    seen.add(before);
  }
  assert.equal(seen.size, 30);
  await page.tap('#next');
  await shown(made[0]);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await save();
  await shown(made[1]);
  await page.locator('#frame-info small', { hasText: '29 left' }).waitFor();
});

test('the last frame without labels stays, whatever is pressed', async (t) => {
  await categories();
  const [only] = await frames(1);
  const { page, shown } = await label(t, only);
  await page.tap('#next');
  await page.locator('#save-state', { hasText: 'last frame without labels' }).waitFor();
  await shown(only);
  assert.ok(await page.locator('#label-empty').isHidden());
});

test('what was drawn and left, and what was not sent, is listed and one tap away', async (t) => {
  await categories();
  const [first, second] = await frames(3);
  const { page, draw, boxes, shown, context } = await label(t, first);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await page.tap('#next');
  await shown(second);
  const kept = (frame, state) => page.locator(`#kept-list [data-frame="${frame.id}"]`, { hasText: state });
  await kept(first, 'not saved').waitFor();
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await context.setOffline(true);
  await page.tap('#save');
  await kept(second, 'not sent').waitFor();
  await context.setOffline(false);
  await kept(second, 'not sent').waitFor({ state: 'detached' });
  await kept(first, 'not saved').tap();
  await shown(first);
  await boxes(1);
  await page.locator('#kept').waitFor({ state: 'hidden' }); // it is before one's eyes
  // What is taken back by hand is no longer listed.
  await page.tap('#undo');
  await boxes(0);
  await page.tap('#next');
  await shown(second);
  await page.locator('#kept').waitFor({ state: 'hidden' });
});

test('what one tab draws and saves without the device, another tab of the same browser goes on from', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, context, draw, boxes, shown } = await label(t, first);
  const other = await context.newPage();
  await other.goto(`${base}#/label`, { waitUntil: 'domcontentloaded' });
  await other.locator('#frame-info small', { hasText: first.name }).waitFor();
  await other.locator('#strip').waitFor();
  await other.locator('.board[aria-busy=false]').waitFor();
  const boxesThere = (n) => other.locator(`#frame-info b:text-is("${n} ${n === 1 ? 'box' : 'boxes'}")`).waitFor();
  await page.bringToFront();
  await context.setOffline(true);
  await draw([60, 60, 120, 100]);
  await boxes(1);
  await boxesThere(1);
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  await page.tap('#save');
  await shown(second);
  // Its box is there; what is drawn beside it is saved with it.
  await other.bringToFront();
  const picture = await pictureOn(other);
  await other.mouse.move(picture.x + 300 * picture.scale, picture.y + 200 * picture.scale);
  await other.mouse.down();
  await other.mouse.move(picture.x + 420 * picture.scale, picture.y + 300 * picture.scale, { steps: 6 });
  await other.mouse.up();
  await boxesThere(2);
  await other.locator('#save:not([aria-disabled=true])').waitFor();
  await other.locator('#save').click();
  await other.locator('#saved-text', { hasText: '2 boxes' }).waitFor();
  await context.setOffline(false);
  await eventually(async () => assert.equal((await labelsOf(first)).labels.length, 2));
  for (const tab of [page, other]) await tab.locator('#unsent').waitFor({ state: 'hidden' });
});

test('an outline stays what it was begun as, and what can not be closed is told of', async (t) => {
  await categories();
  if (!(await api('categories')).items.some(({ name }) => name === 'leaf')) await api('categories', 'POST', { name: 'leaf', colour: '#7cb518', kind: 'polygon' });
  const [first] = await frames(1);
  const { page, tap, save, spot } = await label(t, first);
  const chip = (name) => page.locator('#chips .chip', { hasText: name }).tap();
  const corners = (n) => page.locator('#outline', { hasText: `${n} corner` }).waitFor();
  const draw = async (...points) => { for (const [i, point] of points.entries()) { await tap(...point); await corners(i + 1); } };
  await chip('leaf');
  await draw([100, 100], [200, 100]);
  await page.touchscreen.tap(...(await spot('#save')));
  await page.locator('#board-wait', { hasText: 'three corners' }).waitFor();
  await tap(100, 100); // the first corner again closes nothing, and adds none
  await corners(2);
  await tap(150, 220);
  await corners(3);
  // Another chip ends it, as what it was begun as.
  await chip('WBC');
  await page.locator('#frame-info b:text-is("1 outline")').waitFor();
  await chip('leaf');
  await draw([300, 100], [420, 220], [420, 100], [300, 220]);
  await page.tap('#outline-close');
  await page.locator('#save-state', { hasText: 'cross' }).waitFor();
  await page.tap('#undo');
  await page.locator('#frame-info b:text-is("1 outline")').waitFor();
  await save();
  const [{ category, polygon }, ...more] = (await labelsOf(first)).labels;
  assert.deepEqual([category, polygon.length, more.length], ['leaf', 3, 0]);
  await api('categories/leaf?labels=true', 'DELETE');
});

test('nothing marked without the device, and somebody else marked something: their labels stay, and that is told', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, context, shown } = await label(t, first);
  await page.locator('#nothing').waitFor();
  await context.setOffline(true);
  await page.locator('#save-state').waitFor();
  await page.locator('#nothing:not([aria-disabled=true])').tap();
  await shown(second);
  const { revision } = await labelsOf(first);
  await api(`frames/${first.id}/labels`, 'PUT', { revision, phase: 'labelled', labels: [{ category: 'WBC', bbox: [40, 40, 100, 80] }] });
  await context.setOffline(false);
  await page.locator('#banner-text', { hasText: 'their labels stay' }).waitFor();
  await page.locator('#saved').waitFor({ state: 'hidden' });
  assert.equal((await labelsOf(first)).labels.length, 1);
});

test('categories that were changed while the device was not heard are known again', async (t) => {
  await categories();
  const [first] = await frames(1);
  const { page, context } = await label(t, first);
  await context.setOffline(true);
  await page.locator('#next').tap();
  await page.locator('#save-state', { hasText: 'does not answer' }).waitFor();
  await api('categories', 'POST', { name: 'meanwhile', colour: '#7cb518', kind: 'box' });
  await context.setOffline(false);
  await page.locator('#chips .chip', { hasText: 'meanwhile' }).waitFor();
  await api('categories/meanwhile', 'DELETE');
  await page.locator('#chips .chip', { hasText: 'meanwhile' }).waitFor({ state: 'detached' });
});

test('with text twice as large everything to label with is on the screen, and nothing lies on it', async (t) => {
  await categories();
  const [first] = await frames(2);
  const threeDigits = (page) => page.route('**/frames/counts', async (route) => {
    const counts = await (await route.fetch()).json();
    for (const phase of Object.keys(counts.phases)) counts.phases[phase] += 100;
    await route.fulfill({ json: counts });
  });
  for (const size of [{ width: 390, height: 844 }, { width: 844, height: 390 }]) {
    const { page } = await label(t, first, { size, prepare: threeDigits });
    await page.waitForFunction(() => /\d{3}/.test(document.querySelector('.goals')?.textContent));
    await page.evaluate(() => { document.documentElement.style.fontSize = '32px'; });
    // Of the categories some: their row is scrolled.
    for (const one of ['#save', '#nothing', '#next', '#chips .chip', '.goals button']) {
      await eventually(async () => assert.ok(await page.locator(one).evaluateAll((all) => all.some((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
      })), `${one} at ${size.width} × ${size.height}`), 5_000);
    }
  }
});

test('a stroke that makes no box is told of; in a picture of few pixels there is room for one', async (t) => {
  await categories();
  await frames(1);
  const first = await frame(await pictureOf(8, 6));
  const { page, draw, boxes, save } = await label(t, first);
  await draw([1, 3, 6, 0.1]);
  await page.locator('#board-wait', { hasText: 'Not drawn: too thin' }).waitFor();
  await boxes(0);
  await draw([1, 1, 3, 2]);
  await boxes(1);
  await save();
  const { bbox } = (await labelsOf(first)).labels[0];
  assert.ok(bbox.every((side, i) => Math.abs(side - [1, 1, 3, 2][i]) <= 0.25), bbox.join());
});

test('a stroke while a frame loads is refused, and that is told', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, draw, boxes, shown } = await label(t, first, { bare: true });
  let release;
  const held = new Promise((done) => { release = done; });
  await page.route(`**/frames/${second.id}/labels`, async (route) => { await held; await route.continue(); });
  await page.tap('#next');
  await page.locator('.board[aria-busy=true]').waitFor(); // no finger is down before the tap has become a click
  await draw([100, 100, 200, 120]);
  await page.locator('#board-wait', { hasText: 'Not drawn' }).waitFor();
  release();
  await shown(second);
  await boxes(0);
  await page.locator('.board[aria-busy=false]').waitFor();
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await page.tap('#prev');
  await shown(first);
  await boxes(0);
});

test('what somebody else drew meanwhile is kept beside one’s own; where both say otherwise, one is asked', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, draw, boxes, shown, save } = await label(t, first);
  await page.locator('#chips .chip', { hasText: 'WBC' }).tap();
  await draw([100, 100, 200, 120]);
  await boxes(1);
  // Another object: both stay.
  const elsewhere = { category: 'RBC', bbox: [420, 300, 80, 80] };
  await api(`frames/${first.id}/labels`, 'PUT', { revision: 0, phase: 'labelled', labels: [elsewhere] });
  await boxes(2);
  assert.ok(await page.locator('#conflict').isHidden());
  // The same object by another name: theirs is shown, one's own is kept.
  await api(`frames/${first.id}/labels`, 'PUT', { revision: 1, phase: 'labelled', labels: [elsewhere, { category: 'RBC', bbox: [110, 100, 200, 120] }] });
  await page.locator('#conflict').waitFor();
  await boxes(2);
  await draw([300, 300, 80, 100]);
  await boxes(3);
  assert.equal(await page.locator('#save').getAttribute('aria-disabled'), 'true');
  await page.tap('#next');
  await shown(second);
  await page.tap('#prev');
  await shown(first);
  await page.tap('#conflict-mine');
  await boxes(3);
  await save();
  const saved = (await labelsOf(first)).labels;
  assert.deepEqual(saved.map((l) => l.category).sort(), ['RBC', 'WBC', 'WBC']);
  assert.ok(saved.some((l) => l.category === 'WBC' && Math.abs(l.bbox[0] - 100) < 8));
});

test('what comes after Save moves nothing under the finger', async (t) => {
  await categories();
  const [first, second] = await frames(3);
  const { page, draw, boxes, save, shown } = await label(t, first);
  const places = () => page.evaluate(() => ['#chips', '.chips .chip:last-child', '#said', '#save'].map((one) => {
    const { x, y, width, height } = document.querySelector(one).getBoundingClientRect();
    return [one, ...[x, y, width, height].map(Math.round)];
  }));
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await page.locator('#said #nothing').waitFor({ state: 'hidden' });
  const before = await places();
  await save();
  await shown(second);
  await page.locator('#nothing').waitFor();
  await page.locator('#saved').waitFor();
  await page.locator('#as-before').waitFor();
  assert.deepEqual(await places(), before);
  // All of it can be read and pressed where it is, and nothing of it lies on something else.
  for (const one of ['#nothing', '#saved-undo', '#as-before', '#save', '#chips .chip']) {
    assert.ok(await page.locator(one).first().evaluate((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return [[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]].every(([a, b]) => element.contains(document.elementFromPoint(x + width * a, y + height * b)));
    }), `${one} is covered`);
  }
  // In the place of the steps back, which there are none of yet.
  await page.tap('#as-before');
  await boxes(1);
  await page.locator('#undo:not([disabled])').waitFor();
});

test('on a slow link a small picture comes first: one draws on it, and Save waits for the whole one', async (t) => {
  await categories();
  const [first] = await frames(2);
  const asked = [];
  let release;
  const held = new Promise((done) => { release = done; });
  const prepare = async (page) => {
    page.on('request', (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
    // As slow as a link has to be for that.
    await page.addInitScript(() => { const now = performance.now.bind(performance); performance.now = () => now() + 500; });
    await page.route(`**/frames/${first.id}.jpg`, async (route) => { await held; await route.continue(); });
  };
  const { page, draw, boxes, save } = await label(t, first, { prepare });
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await page.evaluate(() => new Promise((done) => { setTimeout(done, 1200); })); // longer than Save is deaf
  assert.equal(await page.locator('#save').getAttribute('aria-disabled'), 'true', 'Save takes what is seen of a small picture');
  release();
  await save();
  const [saved] = (await labelsOf(first)).labels;
  near(saved.bbox, [100, 100, 200, 120]);
  // What comes before the page's files is asked for once.
  for (const path of ['/api/v1/queue?phase=unlabelled&limit=4', `/api/v1/frames/${first.id}.jpg?width=400`]) {
    assert.equal(asked.filter((one) => one === path).length, 1, path);
  }
});

test('a phone that is turned during a stroke draws nothing, and says so', async (t) => {
  await categories();
  const [first] = await frames(2);
  const { page, context, at, boxes } = await label(t, first);
  const touches = await context.newCDPSession(page);
  const touch = (type, points) => touches.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
  const path = between(at(100, 100), at(300, 250));
  await touch('touchStart', [path[0]]);
  for (const point of path.slice(1)) await touch('touchMove', [point]);
  await page.setViewportSize({ width: 844, height: 390 });
  await page.waitForFunction(() => document.querySelector('#board').clientHeight === 390);
  await touch('touchEnd', []);
  await page.locator('#board-wait', { hasText: 'Not drawn' }).waitFor();
  await boxes(0);
});

test('a browser that keeps nothing says so at the first save without the device, and the saved frame does not stay', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, context, draw, boxes, shown } = await label(t, first, { bare: true, proposals: PROPOSALS });
  await draw([100, 300, 200, 120]);
  await boxes(1);
  await context.setOffline(true);
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  await page.tap('#save');
  await page.locator('#label-empty h2', { hasText: 'no other frame' }).waitFor();
  await page.locator('#label-empty-text', { hasText: 'in this tab only' }).waitFor();
  await page.locator('#saved-text', { hasText: '1 box' }).waitFor();
  assert.ok(await page.locator('#label-work').isHidden());
  // It can be taken back all the same, and saved again; its picture from the browser's own cache is no sign of the device.
  await page.tap('#saved-undo');
  await shown(first);
  await boxes(1);
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  await page.tap('#save');
  await page.locator('#label-empty h2', { hasText: 'no other frame' }).waitFor();
  await context.setOffline(false);
  await shown(second);
  await page.locator('#unsent').waitFor({ state: 'hidden' });
  assert.equal((await labelsOf(first)).labels.length, 1);
});

test('a frame that is deleted while it is in view is told of at once, and what was drawn waits for it', async (t) => {
  await categories();
  const [first, second] = await frames(3);
  const { page, draw, boxes, save, shown, written } = await label(t, first);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  const { undo } = await api(`frames/${first.id}`, 'DELETE');
  await page.locator('#gone', { hasText: 'What you drew is kept here' }).waitFor();
  assert.equal(await page.locator('#save').getAttribute('aria-disabled'), 'true');
  await page.tap('#next');
  await shown(second);
  await page.locator('#gone').waitFor({ state: 'detached' });
  assert.deepEqual(written, []);
  await api(`undo/${undo}`, 'POST');
  await page.locator(`#kept-list [data-frame="${first.id}"]`).tap();
  await shown(first);
  await boxes(1);
  await page.locator('#gone').waitFor({ state: 'detached' });
  await save();
  assert.equal((await labelsOf(first)).labels.length, 1);
});

test('a refused save names no frame by its number, and is no longer told of after one that works', async (t) => {
  await categories();
  const [first, second] = await frames(3);
  const { page, draw, boxes, shown, save } = await label(t, first);
  await page.route(`**/frames/${first.id}/labels`, async (route) => {
    if (route.request().method() === 'PUT') await api(`frames/${first.id}`, 'DELETE');
    await route.continue();
  });
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  await page.tap('#save');
  await page.locator('#banner-text', { hasText: 'The frame was deleted' }).waitFor();
  assert.doesNotMatch(await page.locator('#banner-text').textContent(), /[0-9a-f]{8}-/);
  await shown(second);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await save();
  await page.locator('#banner').waitFor({ state: 'hidden' });
});

test('a link that is lost while the first frame loads: one that is here is shown, and no error outlives the silence', async (t) => {
  await categories();
  const [first, second, third] = await frames(3);
  const { page, context, shown } = await label(t, first);
  const ahead = () => page.evaluate(async () => {
    const open = indexedDB.open((await indexedDB.databases())[0].name);
    const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
    const all = database.transaction('ahead').objectStore('ahead').getAllKeys();
    const there = await new Promise((done) => { all.onsuccess = () => done(all.result); });
    database.close();
    return there;
  });
  while (!(await ahead()).includes(second.id)) await new Promise((done) => { setTimeout(done, 100); });
  // A newer frame comes first, and is not here yet.
  const newest = await frame();
  await page.evaluate(async (id) => {
    const open = indexedDB.open((await indexedDB.databases())[0].name);
    const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
    const gone = database.transaction('ahead', 'readwrite').objectStore('ahead').delete(id);
    await new Promise((done) => { gone.onsuccess = done; });
    database.close();
  }, newest.id);
  await page.route(`**/frames/${newest.id}.jpg*`, async (route) => { await context.setOffline(true); await route.abort('internetdisconnected'); });
  await page.reload({ waitUntil: 'domcontentloaded' });
  await page.locator('#save-state', { hasText: 'does not answer' }).waitFor();
  await page.locator('#board-wait').waitFor({ state: 'hidden' });
  assert.notEqual(await page.locator('#board').getAttribute('data-frame'), newest.id);
  assert.ok(await page.locator('#banner').isHidden());
  await page.unroute(`**/frames/${newest.id}.jpg*`);
  await context.setOffline(false);
  await page.locator('#link.on').waitFor();
  assert.ok(await page.locator('#banner').isHidden());
  // It comes again after those that were not passed over.
  for (const next of [second, third, newest]) {
    await page.tap('#next');
    await shown(next);
  }
});

test('a first frame that can\'t be had is told in words, and comes by itself once it can', async (t) => {
  await categories();
  const [first] = await frames(1);
  const { page, context, shown } = await label(t, first, { bare: true });
  const picture = `**/frames/${first.id}.jpg*`;
  // The link is lost under it, before the rest of the page is here.
  await page.route('**/page/others-*', (route) => route.abort('internetdisconnected'));
  await page.route(picture, async (route) => { await context.setOffline(true); await route.abort('internetdisconnected'); });
  await page.reload({ waitUntil: 'domcontentloaded' });
  await page.locator('#label-empty h2', { hasText: 'does not answer' }).waitFor();
  assert.ok(await page.locator('#label-work').isHidden());
  await page.unroute(picture);
  await page.unroute('**/page/others-*');
  await context.setOffline(false);
  await shown(first);
  // The device answers, and not with a picture until somebody looks again.
  let asked = false;
  await page.route(picture, (route) => (asked ? route.continue() : route.fulfill({ status: 500, json: { status: 500, detail: 'the disk can not be read' } })));
  await page.reload({ waitUntil: 'domcontentloaded' });
  await page.locator('#label-empty h2', { hasText: 'No frame could be shown' }).waitFor();
  await page.locator('#banner-text', { hasText: 'picture' }).waitFor();
  await page.exposeFunction('again', () => { asked = true; });
  await page.locator('#label-again').evaluate((button) => button.addEventListener('pointerdown', () => self.again()));
  await page.tap('#label-again');
  await shown(first);
});
