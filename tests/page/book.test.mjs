// The flip book in a real browser, driven by touch against a running daemon with `demo` data; see page.test.mjs.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { between, eventually, launch, phone as newPhone } from './browser.mjs';
import { api, base, bookWith, PATIENCE } from './daemon.mjs';
import { madeUp, pretend } from './fates.mjs';

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
  await page.waitForFunction(() => document.querySelector('#page').naturalWidth > 0);
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

test('a page that could not be loaded has no other picture in its place, and comes once it can', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page } = await open(t, 4);
  const first = /flipbook\/1\/.*\.jpg/;
  await page.route(first, (route) => route.abort());
  await page.locator('#epoch').fill('1');
  const note = page.locator('.viewer .note');
  await note.waitFor();
  assert.match(await note.textContent(), /epoch 1 could not be loaded/);
  assert.ok(await page.locator('#page').isHidden(), 'the picture of another epoch');
  await page.unroute(first);
  await page.locator('#epoch').fill('2');
  await page.locator('#page[src*="flipbook/2/"]').waitFor();
  assert.equal(await note.count(), 0);
});

test('a training that was deleted is told of in words, and there again once it is put back', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, book } = await open(t, 4);
  const gone = new RegExp(`trainings/${book.training}(/.*)?$`);
  await page.route(gone, (route) => route.fulfill({ status: 404, json: { title: 'Not Found', status: 404, detail: `no training ${book.training}` } }));
  await page.locator('#epoch').fill('1');
  const said = page.locator('#book-gone');
  await said.waitFor();
  assert.match(await said.innerText(), /was deleted/);
  assert.equal(await page.locator('#book-work').count(), 0);
  await page.reload();
  await said.waitFor();
  assert.doesNotMatch(await page.locator('body').innerText(), new RegExp(book.training), 'words, not an id');
  await page.unroute(gone);
  await page.locator('#page[src]').waitFor();
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
  await eventually(async () => assert.deepEqual(await place(), before));
  assert.deepEqual(complaints, []);
});

test('a page is looked at closely: by double tap, pinch, one finger, wheel and keys', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints, drag, fingers, doubleTap } = await open(t, 1);
  const [zoom, picture] = [page.locator('.zoom').first(), page.locator('#page')];
  const { x, y, width, height } = await zoom.boundingBox();
  /** Waits until the picture is so many times as large as its frame. */
  const times = (least, most) => page.waitForFunction(([from, to]) => {
    const [image, frame] = ['#page', '.zoom'].map((part) => document.querySelector(part).getBoundingClientRect().width);
    return image / frame >= from && image / frame <= to;
  }, [least, most]);
  const [middle, centre] = [x + width / 2, y + height / 2];
  await doubleTap(middle, centre);
  await times(2, 3);
  const before = await picture.boundingBox();
  await drag(between([middle, centre], [middle + 60, centre + 40]));
  await page.waitForFunction(([left, top]) => {
    const now = document.querySelector('#page').getBoundingClientRect();
    return now.left - left > 40 && now.top - top > 20;
  }, [before.x, before.y]);
  assert.equal(await page.evaluate(() => scrollY), 0, 'the page did not scroll');
  await doubleTap(middle, centre);
  await times(1, 1);
  await fingers(between([middle - 20, centre], [middle - 90, centre]), between([middle + 20, centre], [middle + 90, centre]));
  await times(2.5, 8);
  await fingers(between([middle - 150, centre], [middle - 10, centre]), between([middle + 150, centre], [middle + 10, centre]));
  await times(1, 1);
  await page.mouse.move(middle, centre);
  await page.mouse.wheel(0, -500);
  await times(1.3, 8);
  await page.locator('.zoom button').first().press('0');
  await times(1, 1);
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

test('two epochs are compared: one stays, both turn, each alone; looked at alike', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints, doubleTap } = await open(t, 4);
  const at = (number, epoch) => page.waitForFunction(([id, part]) => document.querySelector(id)?.getAttribute('src')?.includes(part), [number === 1 ? '#page' : '#page-2', `flipbook/${epoch}/`]);
  await page.locator('#epoch').fill('3');
  await page.tap('#compare');
  await at(2, 3);
  await page.locator('#epoch').fill('1');
  await at(1, 1);
  await at(2, 3);
  await page.tap('#way-together');
  await page.locator('#epoch').fill('2');
  await Promise.all([at(1, 2), at(2, 2)]);
  await page.tap('#way-each');
  await page.locator('#epoch-2').fill('4');
  await Promise.all([at(1, 2), at(2, 4)]);
  const boxes = () => Promise.all(['#page', '#page-2'].map((id) => page.locator(id).boundingBox()));
  const [upper, lower] = await boxes();
  assert.ok(lower.y >= upper.y + upper.height, 'on a phone one lies above the other');
  await page.evaluate(() => scrollTo(0, 0));
  const zoom = await page.locator('.zoom').first().boundingBox();
  await doubleTap(zoom.x + zoom.width / 2, zoom.y + zoom.height / 2);
  await page.waitForFunction((width) => {
    const [one, two] = ['#page', '#page-2'].map((part) => document.querySelector(part).getBoundingClientRect().width);
    return one > width * 2 && Math.abs(one - two) < 1;
  }, upper.width);
  await page.setViewportSize({ width: 844, height: 390 });
  await page.waitForFunction(() => document.querySelectorAll('.zoom')[1].getBoundingClientRect().left > 400);
  await page.tap('#compare');
  await page.locator('#page-2').waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
});

/** A phone that shows a book which has everything. */
async function openMadeUp(t) {
  // Of one that goes on, the device would tell what is true.
  const book = await bookWith(4, (training) => training.finished);
  const made = madeUp(book, (await api('categories')).items.map(({ name }) => name));
  const own = await newPhone(browser, t);
  await pretend(own.page, made, await api(`trainings/${book.training}`));
  await own.page.goto(`${base}#/trainings/${book.training}`, { waitUntil: 'domcontentloaded' });
  await own.page.locator('#page[src]').waitFor();
  return { book, made, ...own };
}

test('what became of the labels is counted, each count shows its frames, and the rest is told in words', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints, book, made } = await openMadeUp(t);
  const last = made.of(null).epochs.at(-1);
  const sum = (which) => last.points.reduce((total, point, n) => total + (book.frames[n].split === 'validation' ? point[which] : 0), 0);
  const thumbs = () => page.locator('#book-frames .thumb[data-n]').evaluateAll((all) => all.map((thumb) => [Number(thumb.dataset.n), Number(thumb.textContent)]));
  for (const which of ['missed', 'false', 'found']) {
    const chip = page.locator(`#filter-${which}`);
    await eventually(async () => assert.match(await chip.textContent(), new RegExp(` ${sum(which)}$`)));
    await chip.tap();
    await page.locator(`#filter-${which}[aria-pressed=true]`).waitFor();
    await eventually(async () => {
      const shown = await thumbs();
      assert.ok(shown.length > 0 && shown.every(([n, count]) => count === last.points[n][which] && count > 0), `${which}: ${JSON.stringify(shown)}`);
    });
  }
  await page.tap('#filter-forgotten');
  await page.locator('#filter-forgotten[aria-pressed=true]').waitFor();
  // A frame whose first label was found at the second epoch alone.
  const first = await eventually(async () => {
    const [[n, count]] = await thumbs();
    assert.ok(made.place[n] % 9 === 4 && count >= 1, `frame ${n}: ${count}`);
    return n;
  });
  await page.locator(`#book-frames [data-n="${first}"]`).tap();
  await page.waitForFunction(() => /found before and forgotten/.test(document.querySelector('#page-state').textContent));
  await page.locator('#far', { hasText: '1 frame' }).waitFor();
  await page.tap('#curve-categories');
  await page.locator('.judged li', { hasText: `${last.categories[0].name}finds ${last.categories[0].found} of 10` }).first().waitFor();
  const suspects = page.locator('#suspects li');
  await suspects.nth(1).locator('button').tap();
  await page.waitForFunction((frame) => document.querySelector('#page').getAttribute('src').includes(frame), made.suspects.items[1].frame);
  await suspects.nth(2).locator('a').tap();
  await page.locator('#label-title').waitFor();
  assert.ok(page.url().endsWith(`#/label/${made.suspects.items[2].frame}`), page.url());
  assert.deepEqual(complaints, []);
});

test('any experiment that still ran has pages, and two of them are compared', { timeout: PATIENCE + 60_000 }, async (t) => {
  const { page, complaints, made } = await openMadeUp(t);
  const choices = () => page.locator('#experiment option').evaluateAll((all) => all.map((option) => option.value));
  await eventually(async () => assert.deepEqual(await choices(), ['', made.ids[0]], 'at the last epoch the winner is alone'));
  await page.locator('#epoch').fill('1');
  await page.locator(`#experiment option[value="${made.ids[2]}"]`).waitFor({ state: 'attached' });
  await eventually(async () => assert.deepEqual(await choices(), ['', ...made.ids]));
  await page.locator('#experiment', { hasText: /attempt 2: learns steadily, large network/ }).waitFor();
  await page.tap('#compare');
  await page.tap('#way-together');
  await page.locator('#experiment-2').selectOption(made.ids[1]);
  await page.waitForFunction((id) => document.querySelector('#page-2')?.getAttribute('src')?.includes(id), made.ids[1]);
  await page.locator('#epoch').fill('2');
  await page.waitForFunction(() => [...document.querySelectorAll('#page, #page-2')].every((image) => image.getAttribute('src').includes('flipbook/2/')));
  assert.ok(!(await shown(page)).includes('experiment='), 'the first shows whichever led');
  await page.locator('#page-state', { hasText: /1\. Epoch 2: .*2\. Epoch 2: / }).waitFor();
  // It looked at one side alone: nothing is shown for the other, and that is said.
  await page.tap('#side-training');
  await page.locator('#book-frames .thumb[data-n]').first().tap();
  await page.locator('.picture .note').waitFor();
  assert.ok(!(await page.locator('#page-2').isVisible()));
  assert.deepEqual(complaints, []);
});
