// Labelling through outages, in a real browser: a device that hangs, one that is off, and one that comes back.
//
//   FIELDCOACH_PROGRAM   the program; it is started, stopped and killed here, on data of its own (required)
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { between, launch, phone as newPhone, pictureOn } from './browser.mjs';

const { FIELDCOACH_PROGRAM } = process.env;
assert.ok(FIELDCOACH_PROGRAM, 'set FIELDCOACH_PROGRAM');
const folder = mkdtempSync(join(tmpdir(), 'fieldcoach-offline-'));
const config = join(folder, 'config.toml');
let browser, base, daemon, jpeg;

/** A port that is free: the device has to come back under the same address. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
async function start() {
  daemon = spawn(FIELDCOACH_PROGRAM, ['--config', config, 'run'], { detached: true, stdio: 'ignore' });
  for (;;) {
    assert.equal(daemon.exitCode, null, 'the daemon ended');
    if (await fetch(`${base}readyz`).then((answer) => answer.ok, () => false)) return;
    await new Promise((done) => { setTimeout(done, 100); });
  }
}
/** A signal to the device, with whatever it runs. */
const signal = (name) => process.kill(-daemon.pid, name);
async function kill() {
  const ended = once(daemon, 'exit');
  signal('SIGKILL');
  await ended;
}
async function api(path, method = 'GET', body = undefined) {
  const raw = body instanceof Buffer;
  const response = await fetch(`${base}api/v1/${path}`, { method, headers: { 'content-type': raw ? 'image/jpeg' : 'application/json' }, body: raw || body === undefined ? body : JSON.stringify(body) });
  assert.ok(response.ok, `${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
}
const labelsOf = (frame) => api(`frames/${frame.id}/labels`);

before(async () => {
  const port = await freePort();
  base = `http://127.0.0.1:${port}/`;
  writeFileSync(config, `data_dir = "${folder}/data"\n[camera]\nsource = "scene"\nkeep_every = 86400\n[http]\nlisten = "127.0.0.1:${port}"\n[mqtt]\nlisten = "127.0.0.1:0"\n`);
  [browser] = await Promise.all([launch(), start()]);
  await api('categories', 'POST', { name: 'WBC', colour: '#e4572e', kind: 'box' });
  while (!jpeg) {
    const taken = await fetch(`${base}api/v1/frames/capture`, { method: 'POST' });
    if (taken.ok) jpeg = Buffer.from(await (await fetch(`${base}api/v1/frames/${(await taken.json()).id}.jpg`)).arrayBuffer());
    else await new Promise((done) => { setTimeout(done, 200); }); // the camera is only starting
  }
});
after(async () => {
  await browser?.close();
  if (daemon && daemon.exitCode === null && daemon.signalCode === null) await kill();
  rmSync(folder, { recursive: true, force: true });
});

/** `n` new frames, in the order in which they are asked for; no other is without labels. */
async function frames(n) {
  for (const { id } of (await api('frames?phase=unlabelled&limit=500')).items) {
    const { revision } = await api(`frames/${id}/labels`);
    await api(`frames/${id}/labels`, 'PUT', { revision, phase: 'labelled', labels: [] });
  }
  const made = [];
  for (let i = n; i > 0; i -= 1) made.unshift(await api(`frames?name=${crypto.randomUUID().slice(0, 8)}`, 'POST', jpeg));
  return made;
}

/** The label view on a phone, with the first frame shown and the others fetched ahead. */
async function label(t, made) {
  const own = await newPhone(browser, t, { serviceWorkers: 'allow' });
  const { page } = own;
  const shown = (frame) => page.locator('#frame-info small', { hasText: frame.name }).waitFor();
  await page.goto(`${base}#/label`, { waitUntil: 'domcontentloaded' });
  await shown(made[0]);
  const ahead = () => page.evaluate(async () => {
    const [{ name }] = await indexedDB.databases();
    const open = indexedDB.open(name);
    const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
    const count = database.transaction('ahead').objectStore('ahead').count();
    const there = await new Promise((done) => { count.onsuccess = () => done(count.result); });
    database.close();
    return there;
  });
  while (await ahead() < made.length) await new Promise((done) => { setTimeout(done, 100); });
  /** A box on the frame in view, a little further right each time. */
  const draw = async (i) => {
    const board = await pictureOn(page);
    await own.drag(between([board.x + 40 + 8 * i, board.y + 60], [board.x + 140 + 8 * i, board.y + 150]));
    await page.locator('#frame-info b:text-is("1 box")').waitFor();
  };
  const save = async () => {
    await page.locator('#save:not([aria-disabled=true])').waitFor();
    await page.tap('#save');
  };
  return { ...own, shown, draw, save };
}

/** All of these are on the device with the box drawn on them, in the order in which they were saved. */
async function arrived(made) {
  const all = await Promise.all(made.map(labelsOf));
  for (const [i, { revision, phase, labels }] of all.entries()) assert.deepEqual([i, revision, phase, labels.length], [i, 1, 'labelled', 1]);
  const xs = all.map(({ labels }) => labels[0].bbox[0]);
  assert.deepEqual(xs, [...xs].sort((a, b) => a - b), 'every box on its own frame');
  const times = all.map(({ updated }) => updated);
  assert.deepEqual(times, [...times].sort());
}

test('ten frames are labelled while the device hangs, and are there when it answers again', { timeout: 180_000 }, async (t) => {
  const made = await frames(12);
  const { page, shown, draw, save } = await label(t, made);
  signal('SIGSTOP');
  try {
    for (let i = 0; i < 10; i += 1) {
      await draw(i);
      const since = Date.now();
      await save();
      await shown(made[i + 1]);
      assert.ok(Date.now() - since < 3_000, `the next frame took ${Date.now() - since} ms`);
    }
    // It is said in words, and by the dot.
    await page.locator('#link.off').waitFor();
    await page.locator('#save-state', { hasText: '10 frames wait on this phone' }).waitFor();
    await page.locator('#unsent:text-is("10 not sent")').waitFor();
    assert.equal(await page.locator('#kept-list .thumb', { hasText: 'not sent' }).count(), 10);
  } finally {
    signal('SIGCONT');
  }
  await page.locator('#unsent').waitFor({ state: 'hidden' });
  await page.locator('#link.on').waitFor();
  await page.locator('#kept').waitFor({ state: 'hidden' });
  await arrived(made.slice(0, 10));
});

test('a device that is off: the page opens, labelling goes on, and what is saved outlives the browser tab', { timeout: 180_000 }, async (t) => {
  const made = await frames(14);
  const { page, context, shown, draw, save } = await label(t, made);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await kill();
  for (let i = 0; i < 5; i += 1) {
    await draw(i);
    await save();
    await shown(made[i + 1]);
  }
  await page.reload({ waitUntil: 'domcontentloaded' });
  await shown(made[5]);
  for (let i = 5; i < 10; i += 1) {
    await draw(i);
    await save();
    await shown(made[i + 1]);
  }
  // What was drawn and not saved is kept, too.
  await draw(10);
  await page.tap('#next');
  await shown(made[11]);
  await page.close();
  await start();
  const other = await context.newPage();
  // By its name: which frame comes first depends on whether the camera has kept one by then.
  await other.goto(`${base}#/label/${made[12].id}`, { waitUntil: 'domcontentloaded' });
  await other.locator('#unsent').waitFor({ state: 'hidden' });
  await other.locator(`#kept-list [data-frame="${made[10].id}"]`, { hasText: 'not saved' }).waitFor();
  await other.waitForFunction(() => !document.querySelector('#kept-list').textContent.includes('not sent'));
  await arrived(made.slice(0, 10));
  assert.equal((await labelsOf(made[10])).revision, 0);
});
