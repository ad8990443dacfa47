// What the page's tests share: a browser, and phones in it that are driven by touch.
import { chromium } from 'playwright-core';

/** Chromium, with a home of its own where `home` says so: it keeps there which authorities it trusts. */
export const launch = (home) => chromium.launch({
  executablePath: process.env.FIELDCOACH_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...(home && { env: { ...process.env, HOME: home } }),
});

/**
 * A phone, nothing opened yet; `complaints` collects what a clean page never has. Only tests of the service worker let it in:
 * it takes the page over at some moment, and what the page asks for then passes by `page.route`.
 */
export async function phone(browser, t, { width = 390, height = 844, serviceWorkers = 'block', ...more } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, serviceWorkers, ...more });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  const blocked = (text) => serviceWorkers === 'block' && text.startsWith('Service Worker registration blocked');
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type()) && !blocked(message.text())) complaints.push(`${message.text()} ${message.location().url}`); });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`)));
  const touches = await context.newCDPSession(page);
  /** Several fingers at once, each along a path of [x, y], all as long. */
  const fingers = async (...paths) => {
    const send = (type, points) => touches.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    await send('touchStart', paths.map((path) => path[0]));
    for (let i = 1; i < paths[0].length; i += 1) await send('touchMove', paths.map((path) => path[i]));
    await send('touchEnd', []);
  };
  /** One finger along a path of [x, y]. */
  const drag = (path) => fingers(path);
  /** Two taps, so soon after one another as a hand is, whatever else the machine has to do. */
  const doubleTap = async (x, y) => {
    const now = Date.now() / 1000;
    for (const [type, touchPoints, after] of [['touchStart', [{ x, y }], 0], ['touchEnd', [], 0.05], ['touchStart', [{ x, y }], 0.12], ['touchEnd', [], 0.17]]) {
      await touches.send('Input.dispatchTouchEvent', { type, touchPoints, timestamp: now + after });
    }
  };
  return { context, page, complaints, drag, fingers, doubleTap };
}

/** Tries `check` until it holds: the page draws what changed a moment later. */
export async function eventually(check, patience = 30_000) {
  for (const deadline = Date.now() + patience; ;) {
    try { return await check(); } catch (error) { if (Date.now() > deadline) throw error; }
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

export const between = ([x0, y0], [x1, y1], steps = 8) => Array.from({ length: steps + 1 }, (_, i) => [x0 + ((x1 - x0) * i) / steps, y0 + ((y1 - y0) * i) / steps]);

/** Where on the screen the picture of the label view lies: it is fitted into the board. */
export async function pictureOn(page) {
  const board = await page.locator('#board').boundingBox();
  const [w, h] = (await page.locator('#board').getAttribute('data-size')).split(' ').map(Number);
  const scale = Math.min(board.width / w, board.height / h);
  const [width, height] = [w * scale, h * scale];
  return { x: board.x + (board.width - width) / 2, y: board.y + (board.height - height) / 2, width, height, scale };
}

/** A picture of the camera, as soon as it gives one; it is kept as a frame. */
export async function photograph(base) {
  for (;;) {
    const response = await fetch(`${base}api/v1/frames/capture`, { method: 'POST' });
    if (response.ok) {
      const { id } = await response.json();
      return Buffer.from(await (await fetch(`${base}api/v1/frames/${id}.jpg`)).arrayBuffer());
    }
    await new Promise((done) => { setTimeout(done, 200); }); // the camera is only starting
  }
}
