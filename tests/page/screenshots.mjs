// Screenshots of every view: on a phone and on a desk, light and dark.
//
//   node screenshots.mjs FOLDER      with FIELDCOACH_URL, the address of a daemon with `demo` data
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './browser.mjs';
import { views } from './views.mjs';

const folder = process.argv[2];
const base = process.env.FIELDCOACH_URL.replace(/\/*$/, '/');
mkdirSync(folder, { recursive: true });
// The demo's first model goes live after a minute or so: until then the camera has little to show.
for (const deadline = Date.now() + 240_000; Date.now() < deadline; ) {
  const { items } = await (await fetch(`${base}api/v1/trainings`)).json();
  if (items.some((training) => training.state === 'done')) break;
  await new Promise((done) => { setTimeout(done, 1000); });
}
const browser = await launch();
for (const [kind, width, height] of [['phone', 390, 844], ['landscape', 844, 390], ['desk', 1280, 800]]) {
  for (const colorScheme of ['light', 'dark']) {
    const phone = kind !== 'desk';
    const context = await browser.newContext({ viewport: { width, height }, hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    for (const { name, hash, ready } of await views(base)) {
      await page.goto(base + hash, { waitUntil: 'domcontentloaded' });
      await page.locator(ready).first().waitFor();
      // Pictures come after what names them.
      await page.waitForFunction(() => [...document.images].every((image) => !image.src || image.loading === 'lazy' || image.complete));
      await page.waitForTimeout(600);
      await page.screenshot({ path: join(folder, `${name}-${kind}-${colorScheme}.png`) });
    }
    await context.close();
  }
}
await browser.close();
