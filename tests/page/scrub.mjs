// What turning the pages of a flip book costs the page's main thread.
import assert from 'node:assert/strict';
import { phone } from './browser.mjs';
import { finger, pause } from './finger.mjs';

/** A stroke over all epochs takes so long, ms: a brisk hand, and no page comes before the one before it is done. */
const STROKE = 1_500;
const STROKES = 6;
/** So much later a page has long been turned, ms: a finger that slows down goes on moving without turning another. */
const TURNED = 100;

/**
 * Milliseconds of the main thread, ascending: `steps` while the finger turns pages, `ends` when it lets go and lists and plots
 * follow. A step is what the slider tells of, one epoch on or back; its time is the
 * sum of all tasks that Chromium's trace has of the page's main thread from there to the next step or end, for TURNED at most, by that thread's own clock,
 * which stands still while another program has the processor. Decoding and rasterizing are other threads', and on a machine
 * without a graphics processor say nothing of a phone.
 */
export async function scrubbed(browser, address) {
  const leaving = [];
  const { page, context } = await phone(browser, { after: (f) => leaving.push(f) });
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  await page.locator('#page[src]').waitFor();
  await page.evaluate(() => { for (const [event, mark] of [['input', 'step'], ['change', 'end']]) document.querySelector('#epoch').addEventListener(event, () => performance.mark(mark)); });
  const slider = await page.locator('#epoch').boundingBox();
  const [left, right, y] = [slider.x + 14, slider.x + slider.width - 14, slider.y + slider.height / 2];
  const hand = await finger(context, page);
  // Once through, so that every page has been fetched, as for one who has looked before.
  await hand.stroke([right, y], [left, y], STROKE);
  await pause(1_000);
  const trace = await context.newCDPSession(page);
  const events = [];
  trace.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await trace.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel', 'blink.user_timing', '__metadata'] }, transferMode: 'ReportEvents' });
  for (let i = 0; i < STROKES; i += 1) await hand.stroke(...(i % 2 ? [[right, y], [left, y]] : [[left, y], [right, y]]), STROKE);
  const over = new Promise((done) => { trace.once('Tracing.tracingComplete', done); });
  await trace.send('Tracing.end');
  await over;
  for (const f of leaving) await f();
  return costs(events);
}

function costs(events) {
  const marks = events.filter(({ name, cat }) => ['step', 'end'].includes(name) && cat.includes('user_timing')).sort((a, b) => a.ts - b.ts);
  const [{ pid, tid }] = marks;
  const tasks = events.filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X' && event.name === 'ThreadControllerImpl::RunTask');
  assert.ok(tasks.some(({ tdur }) => tdur), 'the trace has no clock of the thread');
  // A task belongs to the step in which it began: that in which a step is told of, to the one before.
  const cost = marks.slice(0, -1).map(({ name, ts }, i) => ({ name, cost: tasks.filter((task) => task.ts >= ts && task.ts < Math.min(marks[i + 1].ts, ts + TURNED * 1000)).reduce((sum, { dur, tdur = dur }) => sum + tdur, 0) / 1000 }));
  const of = (kind) => cost.filter(({ name }) => name === kind).map((one) => one.cost).sort((a, b) => a - b);
  return { steps: of('step'), ends: of('end') };
}
