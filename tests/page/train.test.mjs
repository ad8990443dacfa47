// The train view in a real browser, against a running daemon with `demo` data; see page.test.mjs. It starts trainings, and
// cancels them.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { launch, phone as newPhone } from './browser.mjs';
import { api, base, bookWith, PATIENCE } from './daemon.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A phone that shows `hash`; `change` makes of the device's trainings and models what is hard to come by. */
async function open(t, { hash = '#/train', change, size } = {}) {
  const own = await newPhone(browser, t, size);
  if (change) {
    const { items } = await api('trainings');
    const models = await api('models');
    const made = change(items, models.items);
    await own.page.route(/\/api\/v1\/trainings\?/, (route) => route.fulfill({ json: { items: made.trainings ?? items, next: null } }));
    await own.page.route(/\/api\/v1\/models\?/, (route) => route.fulfill({ json: { items: made.models ?? models.items, next: null } }));
    // What the device really does must not come in between.
    await own.page.route(/\/api\/v1\/events$/, (route) => route.abort());
  }
  await own.page.goto(base + hash, { waitUntil: 'domcontentloaded' });
  return own;
}

const category = (name, found) => ({ name, objects: 10, found, wrong: 1, ap50: 0.5 });
const judged = (found) => ({ found: found * 2, of: 20, wrong: 2, boxes: 20, categories: [category('hen', found), category('a rather longish name', found)] });
const over = (training, outcome) => ({ ...training, state: 'done', doing: 'done', finished: new Date().toISOString(), progress: 1, seconds_left: null, error: null, split: { training: 40, validation: 10 }, outcome });
const model = (id, created, deployed) => ({ id, created, training: id, categories: [], threshold: 0.5, metrics: { ap50: 0.5, ap50_95: 0.3, precision: 0.8, recall: 0.7, f1: 0.7, loss: 1 }, base: 'default', dataset_hash: '', bytes: 3_000_000, deployed });
const two = (oldLive) => ([training]) => ({
  models: [model('b', '2026-01-02T00:00:00Z', true), model('a', '2026-01-01T00:00:00Z', false)],
  trainings: [{ ...over(training, { live: oldLive, why: oldLive ? 'first' : 'below_floor', text: '', ...judged(5), before: null }), winner: 'a' }],
});

test('before a training stands what it learns, how long it takes, and one button', { timeout: PATIENCE + 60_000 }, async (t) => {
  await bookWith(1);
  const plan = await api('trainings/plan');
  const { page, complaints } = await open(t);
  await page.tap('#start');
  await page.locator('#sheet-frames').waitFor();
  assert.match(await page.locator('#sheet-frames').textContent(), new RegExp(`${plan.frames.training} frame.* ${plan.frames.validation} `));
  assert.equal(await page.locator('#train-sheet .tick').count(), plan.categories.length);
  assert.equal(await page.locator('#sheet-minutes input').count(), plan.choices.length);
  // One category less, and other minutes: it asks for that.
  const [left] = plan.categories;
  if (plan.categories.length > 1) await page.locator('#train-sheet .tick', { hasText: left.name }).tap();
  await page.locator('#sheet-minutes input[value="2"]').tap();
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/trainings'));
  await page.tap('#sheet-train');
  const body = (await sent).postDataJSON();
  assert.equal(body.minutes, 2);
  if (plan.categories.length > 1) assert.deepEqual(body.categories, plan.categories.slice(1).map(({ name }) => name));
  await page.locator('#train-sheet').waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
});

test('what waits can be cancelled, and the tab says that a training runs', { timeout: PATIENCE + 60_000 }, async (t) => {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const first = await api('trainings', { ...json, body: '{"minutes": 5}' });
  const second = await api('trainings', { ...json, body: '{"minutes": 15}' });
  const { page } = await open(t);
  await page.locator('#link.on').waitFor();
  await page.locator('.tabs [data-tab=train] .mark[data-training=runs]').waitFor();
  const row = page.locator('#queue > li', { hasText: '15 minutes' });
  await row.locator('.cancel').tap();
  await row.waitFor({ state: 'detached' });
  assert.equal((await api(`trainings/${second.id}`)).state, 'cancelled');
  await api(`trainings/${first.id}`, { method: 'DELETE' });
});

test('a training that is over is deleted, and comes back', { timeout: PATIENCE }, async (t) => {
  const { id } = await api('trainings', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  await api(`trainings/${id}`, { method: 'DELETE' });
  const there = async () => (await api('trainings')).items.some((training) => training.id === id);
  for (const deadline = Date.now() + PATIENCE; (await api(`trainings/${id}`)).state !== 'cancelled';) assert.ok(Date.now() < deadline);
  const { page } = await open(t);
  const row = page.locator('#trainings > li', { has: page.locator(`a[href="#/trainings/${id}"]`) });
  // The way back is shown for some seconds only: whoever takes it is quicker than a machine that is busy.
  const back = page.waitForFunction(() => { const undo = document.querySelector('#undo-go'); undo?.click(); return Boolean(undo); });
  const [gone] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'DELETE'), row.locator('.remove').tap()]);
  assert.ok(gone.ok());
  await back;
  await page.locator('#banner.info').waitFor();
  await row.waitFor();
  assert.ok(await there());
});

test('the countdown runs between news, and the bar never goes back', { timeout: PATIENCE + 60_000 }, async (t) => {
  await bookWith(1);
  let progress = 0.5;
  let made;
  const { page } = await open(t, { change: ([training]) => {
    made = { ...training, state: 'training', finished: null, epoch: 3, epochs: 9, seconds_left: 100, outcome: null, error: null };
    Object.defineProperty(made, 'progress', { enumerable: true, get: () => progress });
    return { trainings: [made] };
  } });
  const shown = async () => { const [m, s] = (await page.locator('#countdown').textContent()).match(/\d+/g).map(Number); return m * 60 + s; };
  await page.locator('#countdown').waitFor();
  const at = await shown();
  progress = 0.4;
  // A poll says 100 s again: what it showed in between counts.
  await page.waitForFunction((before) => { const [m, s] = document.querySelector('#countdown').textContent.match(/\d+/g).map(Number); return m * 60 + s < before; }, at);
  await page.waitForResponse(/\/trainings\?/); // a poll, which says less
  assert.equal(await page.locator('#running progress').evaluate((bar) => bar.value), 0.5);
});

test('an outcome says what is found and what to do, and shows no AP50', { timeout: PATIENCE + 60_000 }, async (t) => {
  await bookWith(1);
  const text = 'Kept, not live: finds 4 of 20. Label 25 more frames, most of all with `hen`, and train again.';
  const kept = await open(t, { change: ([training]) => ({ trainings: [over(training, { live: false, why: 'below_floor', text, ...judged(2), before: null })] }) });
  await kept.page.locator('#outcome').waitFor();
  const said = await kept.page.locator('#outcome').innerText();
  assert.match(said, /Label 25 more frames, most of all with hen/);
  assert.match(said, /kept, not live/);
  const better = await open(t, { change: ([training]) => ({ trainings: [over(training, { live: true, why: 'better', text: '', ...judged(8), before: judged(5) })] }) });
  await better.page.locator('#outcome').waitFor();
  assert.match(await better.page.locator('#outcome').innerText(), /finds 16 of 20;\s+1 box in 10 is wrong/);
  assert.match(await better.page.locator('.beside tbody tr').first().innerText(), /hen\s+8 of 10\s+1 wrong\s+5 of 10/);
  for (const { page } of [kept, better]) assert.doesNotMatch(await page.locator('#train').innerText(), /AP50|rung/);
});

test('a model is told as its training counted it, and one without boxes is not praised', { timeout: PATIENCE + 60_000 }, async (t) => {
  await bookWith(1);
  const { models } = two(true)([{}]);
  const made = (counts) => ([training]) => ({ models, trainings: [{ ...over(training, { live: true, why: 'first', text: '', ...judged(5), before: null, ...counts }), winner: 'a' }] });
  for (const [counts, told] of [[{ found: 94, of: 104, wrong: 8, boxes: 96 }, 'finds 9 of 10; 1 box in 12 is wrong'], [{ found: 0, of: 104, wrong: 0, boxes: 0 }, 'finds 0 of 104; it draws no box']]) {
    const { page } = await open(t, { change: made(counts) });
    await page.locator('#models > li').nth(1).waitFor();
    for (const row of [page.locator('#models > li').nth(1), page.locator('#trainings > li').first()]) assert.ok((await row.innerText()).includes(told), await row.innerText());
  }
});

test('of minutes stands what tells them apart, else it is said once', { timeout: PATIENCE + 60_000 }, async (t) => {
  await bookWith(1);
  for (const [live, told] of [[true, /as good as/], [false, /^Longer may help/]]) {
    const { page } = await open(t, { change: ([training]) => ({ trainings: [over(training, { live, why: live ? 'first' : 'finds_nothing', text: '', ...judged(0), before: null })] }) });
    await page.route(/trainings\/plan/, async (route) => {
      const plan = await api('trainings/plan');
      await route.fulfill({ json: { ...plan, choices: plan.choices.map((choice) => ({ ...choice, expected: 'as good as these frames allow' })) } });
    });
    await page.tap('#start');
    await page.locator('#sheet-expected').waitFor();
    assert.match(await page.locator('#sheet-expected').innerText(), told);
    assert.equal(await page.locator('#sheet-minutes small').count(), 0);
  }
});

test('back to the model before is there only where there is one', async (t) => {
  await bookWith(1);
  const with1 = await open(t, { change: two(true) });
  await with1.page.locator('#rollback').waitFor();
  const without = await open(t, { change: two(false) });
  await without.page.locator('#models > li').nth(1).waitFor();
  assert.equal(await without.page.locator('#rollback').count(), 0);
});

test('text of twice the size fits, and names stay words', async (t) => {
  await bookWith(1);
  const { page } = await open(t, { change: ([training]) => ({ trainings: [over(training, { live: true, why: 'better', text: '', ...judged(8), before: judged(5) })] }) });
  await page.locator('#outcome').waitFor();
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  const wide = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, innerWidth));
  assert.ok(wide <= 390, `${wide} px on a screen of 390`);
  const [height, line] = await page.locator('.beside th[scope=row]').first().evaluate((cell) => [cell.clientHeight, parseFloat(getComputedStyle(cell).fontSize)]);
  assert.ok(height < 2.5 * line, 'a name of three letters takes one line');
});
