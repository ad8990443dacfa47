// What turning the pages of a flip book costs the page's main thread.
import { phone } from './browser.mjs';
import { finger, pause } from './finger.mjs';

/** A stroke over all epochs takes so long, ms: a brisk hand, and no page comes before the one before it is done. */
const STROKE = 1_500;
const STROKES = 6;

/**
 * Milliseconds of the main thread a step, ascending. A step is what the slider tells of, one epoch on or back; its time is the
 * sum of all tasks that Chromium's trace has of the page's main thread from there to the next step. Decoding and rasterizing
 * are other threads', and on a machine without a graphics processor say nothing of a phone.
 */
export async function scrubbed(browser, address) {
  const leaving = [];
  const { page, context } = await phone(browser, { after: (f) => leaving.push(f) });
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  await page.locator('#page[src]').waitFor();
  await page.evaluate(() => document.querySelector('#epoch').addEventListener('input', () => performance.mark('step')));
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
  const steps = events.filter(({ name, cat }) => name === 'step' && cat.includes('user_timing')).sort((a, b) => a.ts - b.ts);
  const [{ pid, tid }] = steps;
  const tasks = events.filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X' && event.name === 'ThreadControllerImpl::RunTask');
  const cost = steps.slice(0, -1).map(({ ts }, i) => tasks.filter((task) => task.ts + task.dur > ts && task.ts < steps[i + 1].ts).reduce((sum, task) => sum + Math.min(task.ts + task.dur, steps[i + 1].ts) - Math.max(task.ts, ts), 0) / 1000);
  return cost.sort((a, b) => a - b);
}
