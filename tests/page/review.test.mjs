// More of labelling than a box: proposals, outlines, tags, review. See label.test.mjs for what it wants.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { between } from './browser.mjs';
import { api, categories, frames, label, labelsOf } from './labelling.mjs';

const PROPOSALS = [[40, 40, 120, 100], [240, 60, 120, 100], [420, 240, 140, 120]].map((bbox, i) => ({ category: 'WBC', score: 0.4 + i / 5, bbox }));
const answered = (page) => page.waitForResponse((response) => response.request().method() === 'PUT');

test('proposals: as sure as one wants them, all at once, and refused ones are told', async (t) => {
  await categories();
  const [first, second, third] = await frames(3);
  const { page, tap, boxes, shown } = await label(t, first, { proposals: PROPOSALS });
  await page.locator('#accept-next:text-is("Accept 3 & next")').waitFor();
  // The least sure is not shown, and not taken.
  await page.locator('#sure').fill('0.5');
  await page.locator('#proposals-text', { hasText: '2 of 3' }).waitFor();
  // One is taken by a tap, and refused by a second.
  await tap(300, 110);
  await boxes(1);
  await tap(300, 110);
  await boxes(0);
  await page.locator('#accept-next:text-is("Accept 1 & next"):not([aria-disabled=true])').waitFor();
  let answer = answered(page);
  await page.tap('#accept-next');
  await answer;
  const saved = await labelsOf(first);
  assert.deepEqual(saved.labels.map(({ bbox, origin }) => [bbox, origin]), [[PROPOSALS[2].bbox, 'accepted']]);
  assert.deepEqual(saved.rejected.map(({ category, bbox }) => [category, bbox]), [['WBC', PROPOSALS[1].bbox]]);
  // By the keyboard.
  await shown(second);
  await page.locator('#sure').fill('0.4');
  await page.locator('#board').focus();
  await page.keyboard.press('n');
  await page.locator('#board-said', { hasText: 'proposed, 40 percent' }).waitFor({ state: 'attached' });
  await page.keyboard.press('x');
  await page.locator('#proposals-text', { hasText: '2 proposals' }).waitFor();
  await page.keyboard.press('n');
  await page.keyboard.press('a');
  await boxes(1);
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  answer = answered(page);
  await page.keyboard.press('Control+Enter');
  await answer;
  const { labels, rejected } = await labelsOf(second);
  assert.deepEqual([labels.length, rejected.length], [1, 1]);
  await shown(third);
});

test('an outline: corner by corner, closed by its first, a corner dragged', async (t) => {
  await categories();
  if (!(await api('categories')).items.some(({ name }) => name === 'leaf')) await api('categories', 'POST', { name: 'leaf', colour: '#17b890', kind: 'polygon' });
  const [first] = await frames(2);
  const { page, tap, save, drag, at } = await label(t, first);
  await page.locator('#chips .chip', { hasText: 'leaf' }).tap();
  for (const [x, y] of [[100, 100], [400, 120], [420, 380], [120, 360]]) await tap(x, y);
  await page.locator('#outline', { hasText: '4 corners' }).waitFor();
  await page.tap('#outline-back');
  await page.locator('#outline', { hasText: '3 corners' }).waitFor();
  await tap(120, 360);
  await tap(100, 100);
  await page.locator('#frame-info b:text-is("1 outline")').waitFor();
  await page.locator('#outline').waitFor({ state: 'detached' });
  // Taken in hand, one corner goes elsewhere, and the box goes along.
  await tap(260, 240);
  await page.locator('#selection').waitFor();
  await drag(between(at(420, 380), at(520, 440)));
  await save();
  const [{ polygon, bbox }] = (await labelsOf(first)).labels;
  const near = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) <= 8, `${a}, wanted ${b}`));
  assert.equal(polygon.length, 4);
  near(polygon.flat(), [100, 100, 400, 120, 520, 440, 120, 360]);
  near(bbox, [100, 100, 420, 340]);
});

test('what was on the frame before comes by one tap, and a tag says something of the whole frame', async (t) => {
  await categories();
  const [first, second] = await frames(2);
  const { page, draw, boxes, save, shown } = await label(t, first);
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await page.locator('#tags .chip', { hasText: 'night' }).tap();
  await save();
  await shown(second);
  await page.tap('#as-before');
  await boxes(1);
  await save();
  const [a, b] = [await labelsOf(first), await labelsOf(second)];
  assert.deepEqual(b.labels.map(({ category, bbox }) => [category, bbox ?? null]), a.labels.map(({ category, bbox }) => [category, bbox ?? null]));
  assert.ok(b.labels.every(({ origin }) => origin === 'carried'));
});

test('what somebody labelled is confirmed, or mended, and made final', async (t) => {
  await categories();
  const [first, second, third] = await frames(3);
  const counts = (await api('frames/counts')).phases;
  for (const { id } of [first, second]) await api(`frames/${id}/labels`, 'PUT', { revision: 0, phase: 'labelled', labels: [{ category: 'WBC', bbox: [100, 100, 120, 80], by: 'Ana' }] });
  const { page, draw, boxes, shown } = await label(t, third);
  await page.tap('#goal-labelled');
  await page.locator(`#goal-labelled:text-is("Review ${counts.labelled + 2}")`).waitFor();
  const there = (await api('queue?phase=labelled&limit=2')).items.map(({ frame }) => frame);
  await shown(there[0]);
  await boxes(1);
  await page.locator('#made-by', { hasText: 'Labels by Ana' }).waitFor();
  // Right as it is.
  await page.locator('#save:text-is("All right & next"):not([aria-disabled=true])').waitFor();
  let answer = answered(page);
  await page.tap('#save');
  await answer;
  assert.deepEqual([(await labelsOf(there[0])).phase, (await labelsOf(there[0])).labels[0].by], ['reviewed', 'Ana']);
  // Mended.
  await shown(there[1]);
  await draw([300, 200, 100, 80]);
  await boxes(2);
  await page.locator('#save:text-is("Save & next"):not([aria-disabled=true])').waitFor();
  answer = answered(page);
  await page.tap('#save');
  await answer;
  assert.equal((await labelsOf(there[1])).labels.length, 2);
  // And final.
  await page.tap('#goal-reviewed');
  await page.locator('#goal-reviewed:text-is("Final 2")').waitFor();
  await page.locator('#save:not([aria-disabled=true])').waitFor();
  answer = answered(page);
  await page.tap('#save');
  const saved = await (await answer).json();
  assert.equal(saved.phase, 'final');
});

test('the picture takes the screen, also on its side, and is zoomed by two taps', async (t) => {
  await categories();
  const [first] = await frames(2);
  for (const size of [{ width: 390, height: 844 }, { width: 844, height: 390 }]) {
    const { page, tap } = await label(t, first, { size });
    const boxOf = (id) => page.locator(`#${id}`).boundingBox();
    const [board, save, chip] = [await boxOf('board'), await boxOf('save'), await page.locator('#chips .chip').first().boundingBox()];
    assert.ok(board.height * board.width >= 0.42 * size.width * size.height, `${board.width} × ${board.height} of ${size.width} × ${size.height}`);
    for (const { x, y, width, height } of [board, save, chip]) assert.ok(x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height, JSON.stringify({ x, y, width, height }));
    await tap(200, 200);
    await tap(200, 200);
    await page.locator('#fit').waitFor();
    await page.tap('#fit');
    await page.locator('#fit').waitFor({ state: 'hidden' });
  }
});

test('among a hundred categories one is found by its name', async (t) => {
  await categories();
  const there = new Set((await api('categories')).items.map(({ name }) => name));
  for (let i = 0; i < 95; i += 1) if (!there.has(`kind ${i}`)) await api('categories', 'POST', { name: `kind ${i}`, colour: '#2e86de', kind: 'box' });
  const [first] = await frames(2);
  const { page, draw, boxes, save } = await label(t, first);
  await page.tap('#category-find');
  await page.locator('#category-search input').fill('d 73');
  await page.locator('#category-search .chip', { hasText: 'kind 73' }).tap();
  await page.locator('#category-search').waitFor({ state: 'detached' });
  await draw([100, 100, 200, 120]);
  await boxes(1);
  await save();
  assert.equal((await labelsOf(first)).labels[0].category, 'kind 73');
});
