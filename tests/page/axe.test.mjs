// Every view under axe, on a phone and on a desk, light and dark.
//
//   FIELDCOACH_URL       address of a daemon with `demo` data (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { views } from './views.mjs';

assert.ok(process.env.FIELDCOACH_URL, 'set FIELDCOACH_URL to the address of a running daemon');
const base = process.env.FIELDCOACH_URL.replace(/\/*$/, '/');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

for (const [width, height] of [[390, 844], [1280, 800]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${width} × ${height}, ${colorScheme}`, { timeout: 300_000 }, async (t) => {
      const phone = width < 800;
      const context = await browser.newContext({ viewport: { width, height }, hasTouch: phone, isMobile: phone, colorScheme, reducedMotion: 'reduce', bypassCSP: true });
      t.after(() => context.close());
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const found = [];
      for (const { name, hash, ready } of await views(base)) {
        await page.goto(base + hash, { waitUntil: 'domcontentloaded' });
        await page.locator(ready).first().waitFor();
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        for (const { id, nodes } of violations) found.push(`${name}: ${id}: ${nodes.map((node) => node.html.slice(0, 160)).join('\n  ')}`);
      }
      assert.deepEqual(found, []);
    });
  }
}
