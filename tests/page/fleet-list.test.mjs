// The fleet's page with thousands of devices, with a server that fails, in two languages and two colour schemes: against a server
// of the tests' own, which serves the page as it was built.
//
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { eventually, launch, phone } from './browser.mjs';
import { device, fleetServer } from './fleet-server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A fleet of so many, and a phone that looks at it. */
async function fleet(t, count, hash = '', size = {}) {
  const server = await fleetServer(count);
  t.after(() => server.close());
  const own = await phone(browser, t, size);
  await own.page.goto(server.url + hash, { waitUntil: 'domcontentloaded' });
  return { server, ...own };
}
const rows = (page) => page.locator('#devices .unit[data-device]');
const shown = (page) => rows(page).evaluateAll((all) => all.map((row) => row.dataset.device));
const count = (page, text) => page.locator(`#count:text-is("${text}")`).waitFor();

test('2,000 devices: few of them in the document, scrolled and changed without a stutter', async (t) => {
  const { server, page, complaints } = await fleet(t, 2000);
  await count(page, '2,000 devices');
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  // Alarms come first.
  const [first] = await shown(page);
  assert.ok(server.get(first).alarms.length, first);
  const from = await busy();
  const most = await page.evaluate(async () => {
    let most = 0;
    for (let i = 0; i < 100; i += 1) {
      scrollBy(0, 400);
      await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
      most = Math.max(most, document.querySelectorAll('#devices > li').length);
    }
    return most;
  });
  const scrolled = (await busy()) - from;
  assert.ok(most < 80, `${most} rows in the document`);
  assert.ok(scrolled / 100 < 25, `${scrolled / 100} ms of the main thread for each step`);
  // A whole hundred says something new at once.
  const quiet = await busy();
  server.changed(...Array.from({ length: 100 }, (_, n) => ({ ...server.get(`cam-${n}`), name: `renamed ${n}` })));
  await page.evaluate(() => scrollTo(0, 0));
  await page.fill('#search', 'renamed');
  await count(page, '100 of 2,000 devices');
  const changed = (await busy()) - quiet;
  assert.ok(changed < 600, `${changed} ms of the main thread`);
  t.diagnostic(`a scrolled step takes ${(scrolled / 100).toFixed(1)} ms, a change of 100 and a search of 7 letters ${changed.toFixed(0)} ms of the main thread`);
  await page.fill('#search', '');
  await page.locator('#devices [data-device]').first().waitFor();
  assert.deepEqual(complaints, []);
});

test('what is looked for stands in the address, and is the same for whoever opens it', async (t) => {
  const { page } = await fleet(t, 200, '#/devices?show=wrong&sort=name');
  await count(page, '12 of 200 devices');
  assert.equal(await page.locator('[data-show=wrong]').getAttribute('aria-pressed'), 'true');
  await page.tap('#more-filters');
  assert.equal(await page.locator('#sort').inputValue(), 'name');
  await page.selectOption('#alarm', 'disk_low');
  await page.waitForFunction(() => location.hash === '#/devices?show=wrong&alarm=disk_low&sort=name');
  for (const id of await shown(page)) assert.equal(await page.locator(`[data-device="${id}"] .what`).textContent(), 'only 120 MB left');
  // To a device and back: the list is as it was.
  await rows(page).first().locator('a').tap();
  await page.locator('#alarms [data-alarm=disk_low]').waitFor();
  await page.goBack();
  assert.equal(await page.locator('#alarm').inputValue(), 'disk_low');
  await page.selectOption('#alarm', '');
  await page.tap('[data-show=all]');
  await page.check('#grouped');
  await page.locator('.unit.head', { hasText: 'barn' }).waitFor();
  assert.ok(await page.locator('.unit.head').first().getByText('50 devices').isVisible());
  await page.fill('#search', 'nothing like it');
  await page.tap('#show-all');
  await count(page, '200 devices');
});

test('keys do what fingers do', async (t) => {
  const { page } = await fleet(t, 30, '', { width: 1440, height: 900, isMobile: false, hasTouch: false });
  await count(page, '30 devices');
  await page.keyboard.press('/');
  await page.keyboard.type('cam-2');
  await page.waitForFunction(() => location.hash.includes('search=cam-2'));
  const [first, second] = await shown(page);
  await rows(page).first().locator('a').focus();
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((id) => document.activeElement.closest('[data-device]')?.dataset.device === id, second);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => location.hash === `#/devices/${id}`, first);
});

test('what is no longer known is not shown as true', async (t) => {
  const { server, page } = await fleet(t, 3);
  await page.locator('[data-device=cam-1] .status.online').waitFor();
  assert.ok(await page.locator('#standing').isHidden());
  // The broker is gone: the server says so, and how things were is told as that.
  server.state.broker = { connected: false, trouble: 'the broker closed the connection', notes: [] };
  server.changed();
  await page.locator('#standing p:text("does not hear the broker: the broker closed the connection")').waitFor();
  await page.locator('[data-device=cam-1] .status.unsure:text-is("was online")').waitFor();
  server.state.broker = { connected: true, trouble: null, notes: ['the broker takes no retained will'] };
  server.changed();
  await page.locator('[data-device=cam-1] .status.online').waitFor();
  await page.locator('#broker-notes').tap();
  await page.getByText('the broker takes no retained will').waitFor();
  // So is the server: since when is said.
  server.state.away = true;
  server.changed();
  await page.locator('#standing p:text-matches("does not answer\\\\. This is how things stood at \\\\d")').waitFor();
  await page.locator('[data-device=cam-1] .status.unsure').waitFor();
  await page.locator('#link.off').waitFor();
  server.state.away = false;
  await page.tap('#standing button');
  await page.locator('[data-device=cam-1] .status.online').waitFor();
  assert.ok(await page.locator('#standing').isHidden());
  // A device that is forgotten goes, one that is new comes.
  server.forget('cam-1');
  server.changed(device(77, { name: 'brand new' }));
  await page.locator('[data-device=cam-77]', { hasText: 'brand new' }).waitFor();
  await count(page, '3 devices');
  assert.equal(await rows(page).count(), 3);
});

test('a device is paired with its token, named, and put into groups', async (t) => {
  const { server, page } = await fleet(t, 9, '#/devices/cam-8');
  await page.locator('#unreached').waitFor();
  await page.fill('#token', 'wrong');
  await page.tap('#token-go');
  await page.locator('#token-error:text-is("the device does not know this token")').waitFor();
  // A device that does not answer is not the server.
  await page.route('**/token', (route) => route.fulfill({ status: 504, contentType: 'application/problem+json', body: '{"detail":"cam-8 gives no answer"}' }), { times: 1 });
  const heard = page.waitForResponse('**/api/v1/devices?*');
  await page.tap('#token-go');
  await page.locator('#token-error:text-is("cam-8 gives no answer")').waitFor();
  await heard;
  await page.locator('#link.on').waitFor();
  assert.ok(await page.locator('#standing').isHidden());
  await page.fill('#token', 'right');
  await page.tap('#token-go');
  assert.equal(await page.locator('#open').getAttribute('href'), 'devices/cam-8/');
  assert.equal(await page.evaluate(() => document.body.innerHTML.includes('right')), false);
  await page.fill('#name', 'The mast');
  await page.getByRole('button', { name: '+ gate' }).tap();
  await page.tap('#named-go');
  await page.locator('h1', { hasText: 'The mast' }).waitFor();
  assert.deepEqual(server.get('cam-8').groups, ['barn', 'gate']);
  // Forgetting asks first.
  await page.tap('#forget');
  await page.tap('#forget-go');
  await page.waitForFunction(() => location.hash === '#/devices');
  await count(page, '8 devices');
});

test('an order goes to whoever was chosen, and its results are told', async (t) => {
  const { server, page, complaints } = await fleet(t, 20);
  await count(page, '20 devices');
  await page.tap('#choose');
  await page.fill('#search', 'cam-1');
  const chosen = await shown(page);
  await page.tap('#choose-all');
  await page.tap(`[data-device="${chosen[0]}"] .choose`);
  await page.tap('#order');
  await page.check('input[value=set]');
  await page.tap('#order-go');
  await page.locator('#banner-text:text("A setting has a name such as live.fps.")').waitFor();
  await page.fill('#with-setting', 'live.fps');
  await page.fill('#with-value', '2');
  await page.tap('#order-go');
  await page.waitForFunction(() => /#\/orders\/[\da-f-]{36}/.test(location.hash));
  const { body } = server.state.asked.find(({ path }) => path === 'orders');
  assert.deepEqual(body, { devices: body.devices, command: 'set', body: { live: { fps: 2 } }, canary: 1, stop_after_failures: 1, expires_s: 600 });
  assert.deepEqual(new Set(body.devices), new Set(chosen.slice(1)));
  await page.locator('#order-state[data-state=canary]').waitFor();
  const [order] = server.state.orders;
  order.devices[0] = { ...order.devices[0], state: 'failed', words: 'live.fps: it takes a number' };
  order.state = 'stopped';
  order.stopped = 'a device that tried it first did not do it';
  const failed = page.locator(`#order-devices [data-device="${order.devices[0].id}"]`);
  await failed.getByText('live.fps: it takes a number').waitFor();
  await page.locator('#order-state[data-state=stopped]').waitFor();
  await page.getByText('It was stopped: a device that tried it first did not do it.').waitFor();
  await page.getByText('live.fps = 2 · by Eva').waitFor();
  assert.equal(await page.locator('#order-cancel').count(), 0);
  assert.deepEqual(complaints, []);
});

test('orders of before are there when they are asked for, and stay', async (t) => {
  const { server, page } = await fleet(t, 1);
  for (let i = 0; i < 60; i += 1) await fetch(`${server.url}api/v1/orders`, { method: 'POST', body: JSON.stringify({ devices: ['cam-0'], command: 'capture', body: {}, canary: 0 }) });
  await page.goto(`${server.url}#/orders`);
  await page.locator('#orders-more').tap();
  const all = page.locator('#orders > li');
  await eventually(async () => assert.equal(await all.count(), 60));
  assert.equal(await page.locator('#orders-more').count(), 0);
  // One that is new comes on top at the next look, and none goes or comes twice.
  await fetch(`${server.url}api/v1/orders`, { method: 'POST', body: JSON.stringify({ devices: ['cam-0'], command: 'train', body: {}, canary: 0 }) });
  await eventually(async () => assert.equal(await all.count(), 61));
  assert.match(await all.first().textContent(), /Train/);
});

test('who may only look is offered nothing else', async (t) => {
  const server = await fleetServer(9);
  t.after(() => server.close());
  server.state.role = 'viewer';
  const { page } = await phone(browser, t);
  await page.goto(server.url);
  await count(page, '9 devices');
  assert.equal(await page.locator('#choose').count(), 0);
  await page.goto(`${server.url}#/devices/cam-8`);
  await page.getByText('An admin of this server can pair it.').waitFor();
  for (const id of ['#token-form', '#named', '#forget']) assert.equal(await page.locator(id).count(), 0, id);
});

const VIEWS = ['#/devices', '#/devices?grouped=true', '#/devices/cam-9', '#/devices/cam-8', '#/orders', '#/orders/new?devices=cam-1,cam-2&command=set', '#/history', '#/people', '#/pair/XXXX-XXXX'];
test('in German, nothing of the page is English', async (t) => {
  const { page, server } = await fleet(t, 70, '', { locale: 'de-DE' });
  await count(page, '70 Geräte');
  for (const hash of VIEWS) {
    await page.goto(server.url + hash);
    await page.reload();
    await page.locator('main h1').first().waitFor({ state: 'attached' });
    const text = await page.locator('body').innerText();
    // What the server says is told as it says it; these are its words in the tests.
    const own = text.replaceAll(/the disk has room again|a training is over|a model is live|Eva deleted a frame|only \d+ MB left|there is no video device|is there|is gone|there is nothing at pair|the graph could not be loaded/g, '');
    assert.doesNotMatch(own, /\b(the|this|and|of|not|with|all|is|device|devices|to)\b/i, hash);
  }
});

for (const [width, height] of [[390, 844], [1440, 900]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`every view under axe, ${width} × ${height}, ${colorScheme}; nothing too wide or too small for a finger`, async (t) => {
      const isMobile = width < 800;
      const { page, server } = await fleet(t, 70, '', { width, height, colorScheme, isMobile, hasTouch: isMobile, reducedMotion: 'reduce', bypassCSP: true });
      const found = [];
      for (const hash of VIEWS) {
        await page.goto(server.url + hash, { waitUntil: 'domcontentloaded' });
        await page.reload();
        await page.locator('main h1').first().waitFor({ state: 'attached' });
        await page.waitForTimeout(300); // what is asked for comes
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        for (const { id, nodes } of violations) found.push(`${hash}: ${id}: ${nodes.map((node) => node.html.slice(0, 160)).join('\n  ')}`);
        const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        if (needed > there) found.push(`${hash} is ${needed} px wide on a screen of ${there}`);
        if (!isMobile) continue;
        const small = await page.evaluate(() => [...document.querySelectorAll('main button, main a.button, .unit > a, nav a, main select, main input:not([type=checkbox], [type=radio])')]
          .map((e) => [e.id || e.textContent.trim(), e.getBoundingClientRect()]).filter(([, r]) => r.width && (r.height < 44 || r.width < 44)).map(([name, r]) => `${name} ${r.width} × ${r.height}`));
        for (const one of small) found.push(`${hash}: ${one} is too small for a finger`);
      }
      assert.deepEqual(found, []);
    });
  }
}

test('the page comes back from a server that knows nobody by its own gate', async (t) => {
  const { server, page } = await fleet(t, 3);
  await count(page, '3 devices');
  await eventually(async () => assert.equal(await page.locator('#link.on').count(), 1));
  await page.route('**/api/v1/**', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"detail":"who asks?"}' }));
  server.changed();
  await page.locator('#pair-form').waitFor();
  assert.ok(await page.locator('nav.tabs').isHidden());
});

test('being refused to ask who one is does not make it asked for ever', async (t) => {
  const server = await fleetServer(1);
  t.after(() => server.close());
  const { page } = await phone(browser, t);
  let asked = 0;
  await page.route('**/api/v1/me', (route) => {
    asked += 1;
    return route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"detail":"there is no token of it here"}' });
  });
  await page.goto(server.url);
  await count(page, '1 device');
  await page.locator('#link.on').waitFor();
  assert.ok(asked <= 3, `asked ${asked} times`);
});
