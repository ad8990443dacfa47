// How long a phone that was never here waits on Fast 3G until it can label.
import assert from 'node:assert/strict';
import { between, launch, phone, pictureOn } from './browser.mjs';

/** Fast 3G as in Chromium's developer tools: milliseconds, bytes a second. */
const FAST_3G = { offline: false, latency: 562.5, downloadThroughput: (1_440_000 * 0.9) / 8, uploadThroughput: (675_000 * 0.9) / 8 };

/**
 * Milliseconds from the navigation to the label view until its picture is drawn and a stroke is taken, by the page's own
 * clock; that the stroke is taken is tried. A browser of its own each time: nothing is cached, and no service worker helps.
 */
export async function cold(url) {
  const browser = await launch();
  try {
    const leaving = [];
    const { page, context, drag } = await phone(browser, { after: (f) => leaving.push(f) }, { serviceWorkers: 'block' });
    const link = await context.newCDPSession(page);
    await link.send('Network.enable');
    await link.send('Network.emulateNetworkConditions', FAST_3G);
    await page.addInitScript(() => {
      const look = () => {
        if (document.querySelector('.board[aria-busy=false] #board[data-frame]')) self.usable = performance.now();
        else requestAnimationFrame(look);
      };
      look();
    });
    await page.goto(`${url}#/label`, { waitUntil: 'commit' });
    const usable = await (await page.waitForFunction(() => self.usable)).jsonValue();
    const { x, y, width, height } = await pictureOn(page);
    await drag(between([x + width * 0.3, y + height * 0.3], [x + width * 0.5, y + height * 0.6]));
    assert.match(await page.locator('#frame-info b').textContent(), /^1 /, 'the stroke was not taken');
    const requests = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(({ name, startTime, responseEnd, transferSize }) => ({ name: name.replace(/.*?\/\/[^/]+/, ''), startTime: Math.round(startTime), responseEnd: Math.round(responseEnd), transferSize })));
    for (const f of leaving) await f();
    return { usable, requests };
  } finally {
    await browser.close();
  }
}
