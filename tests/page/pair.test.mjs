// Pairing in a real browser, against a running daemon with TLS and a certificate of its own: with the device's authority
// installed, and without.
//
//   FIELDCOACH_URL        address of the daemon, such as https://127.0.0.1:8080/ (required)
//   FIELDCOACH_PAIR_URL   what the QR code of an unused admin code opens (required)
//   FIELDCOACH_AUTHORITY  the authority's certificate, a PEM file (required)
//   FIELDCOACH_PROGRAM    the program, and
//   FIELDCOACH_CONFIG     the configuration of that daemon: for `fieldcoach pair` (required)
//   FIELDCOACH_CHROMIUM   the browser; /usr/bin/chromium unless said otherwise
//
// It takes the device from empty to its first boxes, and at last locks pairing: run it on a device made for it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { between, launch, phone, pictureOn } from './browser.mjs';

const { FIELDCOACH_URL, FIELDCOACH_PAIR_URL, FIELDCOACH_AUTHORITY, FIELDCOACH_PROGRAM, FIELDCOACH_CONFIG } = process.env;
for (const [name, value] of Object.entries({ FIELDCOACH_URL, FIELDCOACH_PAIR_URL, FIELDCOACH_AUTHORITY, FIELDCOACH_PROGRAM, FIELDCOACH_CONFIG })) assert.ok(value, `set ${name}`);
// Without it only pages go offline, and their service worker does not.
process.env.PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS = '1';
const base = FIELDCOACH_URL.replace(/\/*$/, '/');

const homes = [];
/** A home for a browser, with the device's authority installed or not. */
function home(installed) {
  const folder = mkdtempSync(join(tmpdir(), 'fieldcoach-page-'));
  homes.push(folder);
  if (!installed) return folder;
  const store = join(folder, '.pki', 'nssdb');
  mkdirSync(store, { recursive: true });
  const certutil = (...rest) => execFileSync('certutil', ['-d', `sql:${store}`, ...rest]);
  certutil('-N', '--empty-password');
  certutil('-A', '-t', 'C,,', '-n', 'fieldcoach', '-a', '-i', FIELDCOACH_AUTHORITY);
  return folder;
}

let stranger, trusting; // browsers
before(async () => { [stranger, trusting] = await Promise.all([launch(home(false)), launch(home(true))]); });
after(async () => {
  await Promise.all([stranger?.close(), trusting?.close()]);
  for (const folder of homes) rmSync(folder, { recursive: true, force: true });
});

/** What the QR code of a new code opens, by the address that this test uses. */
function scan(role, name = role) {
  const made = JSON.parse(execFileSync(FIELDCOACH_PROGRAM, ['--config', FIELDCOACH_CONFIG, 'pair', '--role', role, '--name', name, '--json']));
  assert.equal(made.role, role);
  return here(made.url);
}
const here = (url) => base + url.slice(url.indexOf('#'));

const open = (page, address) => page.goto(address, { waitUntil: 'domcontentloaded' });
const at = (page, hash) => page.waitForFunction((wanted) => location.hash.startsWith(wanted), hash);
const workers = (page) => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
const role = (page) => page.evaluate(async () => (await (await fetch('api/v1/me')).json()).role);

/** From the camera to a saved box, by touch alone: nothing is typed. */
async function firstBox({ page, drag }) {
  await page.locator('#camera-state:text-matches("streaming")').waitFor();
  await page.waitForFunction(() => document.querySelector('#live')?.naturalWidth > 0);
  const kept = page.waitForResponse((response) => response.url().endsWith('/frames/capture'));
  await page.tap('#capture');
  const { id } = await (await kept).json();
  await page.tap(`#captured a[href$="${id}"]`); // not the one that was kept before
  await page.locator(`#board[data-frame="${id}"]`).waitFor();
  await page.locator('#frame-info:not(:empty)').waitFor();
  const board = await pictureOn(page);
  const place = (x, y) => [board.x + board.width * x, board.y + board.height * y];
  await drag(between(place(0.3, 0.25), place(0.6, 0.7)));
  await page.locator('#category-form:not([hidden]), #frame-info b:text-is("1 box")').first().waitFor();
  // On an empty device the box wants a category first; the name that it offers will do.
  if (await page.locator('#category-form').isVisible()) await page.tap('#category-form .primary');
  await page.locator('#frame-info b:text-is("1 box")').waitFor();
  const written = page.waitForResponse((response) => response.request().method() === 'PUT');
  await page.tap('#save');
  const response = await written;
  assert.equal(response.status(), 200, await response.text());
  assert.equal((await response.json()).labels.length, 1);
}

test('without the authority: past the warning, by the QR code alone, to the first box', { timeout: 120_000 }, async (t) => {
  const own = await phone(stranger, t, { serviceWorkers: 'allow' });
  const { page, complaints } = own;
  await assert.rejects(open(page, here(FIELDCOACH_PAIR_URL)), /ERR_CERT_AUTHORITY_INVALID/);
  // The browser's own page, the way a person goes on from it.
  await page.locator('#details-button').click();
  await page.locator('#proceed-link').click();
  await page.locator('#pair-done').waitFor();
  assert.equal(await page.evaluate(() => location.hash), '#/pair', 'the code is gone from the address');
  assert.equal(await role(page), 'admin');
  // Now is the time to say why the browser warned; the authority is offered.
  await page.locator('#pair #certificate').waitFor();
  assert.equal(await page.locator('#pair details[open]').count(), 1);
  const offered = await page.evaluate(async () => {
    const answer = await fetch(document.querySelector('#authority').href);
    return [answer.status, answer.headers.get('content-type')];
  });
  assert.deepEqual(offered, [200, 'application/x-x509-ca-cert']);
  await page.tap('#pair-done a');
  await firstBox(own);
  await page.locator('#link.on').waitFor();
  assert.equal(await workers(page), 0);
  // It can be dismissed, and had again.
  await page.tap('[data-tab=device]');
  await page.tap('#device #certificate-close');
  await page.locator('#device #certificate').waitFor({ state: 'detached' });
  await page.tap('#device-certificate button');
  await page.locator('#device #certificate').waitFor();
  // The one thing that wants the authority is the service worker, and the browser says so by itself.
  assert.deepEqual(complaints.filter((text) => !/SSL certificate error occurred when fetching the script/.test(text)), []);
});

test('with the authority: no warning, to a box, and the page opens without a network', { timeout: 120_000 }, async (t) => {
  const own = await phone(trusting, t, { serviceWorkers: 'allow' });
  const { context, page, complaints } = own;
  await open(page, scan('admin'));
  await at(page, '#/camera');
  await firstBox(own);
  await page.evaluate(() => navigator.serviceWorker.ready);
  assert.equal(await workers(page), 1);
  await page.tap('[data-tab=device]');
  await page.locator('#people > li').first().waitFor();
  assert.equal(await page.locator('#certificate').count(), 0);
  const icons = await page.evaluate(async () => {
    const manifest = document.querySelector('link[rel=manifest]').href;
    const { icons: wanted, start_url: start } = await (await fetch(manifest)).json();
    const kinds = await Promise.all(wanted.map(async ({ src }) => (await fetch(new URL(src, manifest))).headers.get('content-type')));
    return [new URL(start, manifest).href, kinds.every((kind) => kind.startsWith('image/'))];
  });
  assert.deepEqual(icons, [base, true]);
  assert.deepEqual(complaints, []);
  await context.setOffline(true);
  const [worker] = context.serviceWorkers();
  await assert.rejects(worker.evaluate(() => fetch('healthz')), /fetch/, 'there is no network left');
  const response = await page.reload({ waitUntil: 'domcontentloaded' });
  assert.ok(response.fromServiceWorker());
  await page.locator('#who:not(:empty)').waitFor(); // known from before
  await page.locator('#link.off').waitFor();
});

test('an admin lets the next person in, and out', { timeout: 120_000 }, async (t) => {
  const { page: admin } = await phone(trusting, t, { serviceWorkers: 'allow' });
  const guest = await phone(trusting, t, { serviceWorkers: 'allow' });
  await open(admin, scan('admin'));
  await at(admin, '#/camera');
  await admin.tap('[data-tab=device]');
  const invite = async () => {
    await admin.tap('#invite-go');
    await admin.locator('#invite-code:not(:empty)').waitFor();
    assert.ok(await admin.locator('#invite-qr').evaluate(async (image) => { await image.decode(); return image.naturalWidth > 0; }));
    return `${base}#/pair/${(await admin.locator('#invite-code').textContent()).trim()}`;
  };

  // Closing it voids the code.
  const voided = await invite();
  const gone = admin.waitForResponse((response) => response.request().method() === 'DELETE');
  await admin.tap('#invite-close');
  assert.equal((await gone).status(), 204);
  await open(guest.page, voided);
  await guest.page.locator('#pair-error:not(:empty)').waitFor();

  await admin.fill('#invite-name', 'Ben’s phone');
  await guest.page.goto('about:blank');
  await open(guest.page, await invite());
  await at(guest.page, '#/camera');
  assert.equal(await role(guest.page), 'labeller');
  // The admin's phone notices, and lists who came.
  await admin.locator('#invite').waitFor({ state: 'hidden' });
  const row = admin.locator('#people > li', { hasText: 'Ben’s phone' });
  await row.waitFor();
  // A labeller labels, and lets nobody in.
  await guest.page.tap('[data-tab=device]');
  await guest.page.locator('#who:text-is("Ben’s phone")').waitFor();
  assert.equal(await guest.page.locator('#people').isVisible() || await guest.page.locator('#invite-form').isVisible(), false);
  await guest.page.tap('[data-tab=camera]');
  await guest.page.tap('#capture');
  await guest.page.tap('#captured a');
  await guest.page.locator('#frame-info:not(:empty)').waitFor();
  const place = await guest.page.evaluate(() => location.hash);
  const board = await pictureOn(guest.page);
  await guest.drag(between([board.x + 60, board.y + 60], [board.x + 160, board.y + 140]));
  await guest.page.locator('#frame-info b:text-is("1 box")').waitFor();

  // Out at once, wherever one is …
  await row.locator('button').tap();
  await row.locator('button.danger').tap();
  await guest.page.locator('#pair').waitFor({ timeout: 5000 });
  await row.waitFor({ state: 'detached' });
  assert.ok(await guest.page.locator('.tabs').isHidden());
  // … and in again at the same place, with what was drawn there, in another tab as a camera opens it.
  const other = await guest.context.newPage();
  await open(other, await invite());
  await at(other, place);
  await other.locator('#frame-info b:text-is("1 box")').waitFor();
});

test('what one labels on a phone another confirms, or mends, on theirs, and both are named', { timeout: 120_000 }, async (t) => {
  const [ana, ben] = [await phone(trusting, t, { serviceWorkers: 'allow' }), await phone(trusting, t, { serviceWorkers: 'allow' })];
  for (const [one, name] of [[ana, 'Ana'], [ben, 'Ben']]) {
    await open(one.page, scan('labeller', name));
    await at(one.page, '#/camera');
  }
  for (let n = 0; n < 2; n += 1) {
    await ana.page.tap('[data-tab=camera]');
    await firstBox(ana);
  }
  const labels = (page, frame) => page.evaluate(async (id) => (await fetch(`api/v1/frames/${id}/labels`)).json(), frame);
  const queue = () => ben.page.evaluate(async () => (await (await fetch('api/v1/queue?phase=labelled')).json()));
  const { items, total } = await queue();
  assert.ok(total >= 2);

  await ben.page.tap('[data-tab=label]');
  await ben.page.tap('#goal-labelled');
  await ben.page.locator(`#goal-labelled:text-is("Review ${total}")`).waitFor();
  const board = ben.page.locator('#board');
  const settle = async () => {
    await ben.page.locator('#save:not([aria-disabled=true])').waitFor();
    const frame = await board.getAttribute('data-frame');
    const written = ben.page.waitForResponse((response) => response.request().method() === 'PUT');
    await ben.page.tap('#save');
    assert.equal((await written).status(), 200);
    return labels(ben.page, frame);
  };
  // As it is …
  await ben.page.locator(`#board[data-frame="${items[0].frame.id}"]`).waitFor();
  await ben.page.locator('#made-by', { hasText: /^Labels by / }).waitFor();
  const before = await labels(ben.page, items[0].frame.id);
  const confirmed = await settle();
  assert.deepEqual([confirmed.phase, confirmed.reviewed_by, confirmed.labels], ['reviewed', 'Ben', before.labels]);
  // … and with a box that was forgotten.
  await ben.page.locator(`#board[data-frame="${items[1].frame.id}"]`).waitFor();
  await ben.page.locator('#save:not([aria-disabled=true])').waitFor();
  const picture = await pictureOn(ben.page);
  await ben.drag(between([picture.x + 8, picture.y + 8], [picture.x + 60, picture.y + 50]));
  await ben.page.locator('#frame-info b:text-is("2 boxes")').waitFor();
  const mended = await settle();
  assert.deepEqual([mended.phase, mended.reviewed_by, mended.labels.length, mended.labels.at(-1).by], ['reviewed', 'Ben', 2, 'Ben']);
  assert.notEqual(mended.labels[0].by, 'Ben');

  // The first one sees on her own phone who looked at it.
  await open(ana.page, `${base}#/label/${items[1].frame.id}`);
  await ana.page.locator('#made-by', { hasText: /reviewed by Ben/ }).waitFor();
  await ana.page.locator('#frame-info b:text-is("2 boxes")').waitFor();
});

test('a viewer looks', { timeout: 60_000 }, async (t) => {
  const { page, drag, complaints } = await phone(trusting, t, { serviceWorkers: 'allow' });
  await open(page, scan('viewer'));
  await at(page, '#/camera');
  await page.waitForFunction(() => document.querySelector('#live')?.naturalWidth > 0);
  assert.ok(await page.locator('#capture').isHidden());
  await page.tap('[data-tab=train]');
  await page.locator('#trainings > li').first().waitFor();
  assert.ok(await page.locator('#start').isHidden());
  await page.tap('[data-tab=label]');
  await page.locator('#frame-info b:text-is("1 box")').waitFor();
  const board = await pictureOn(page);
  await drag(between([board.x + 30, board.y + 30], [board.x + 100, board.y + 90]));
  for (const hidden of ['#save', '#category-add', '#undo', '#selection']) assert.ok(await page.locator(hidden).isHidden(), hidden);
  assert.equal(await page.locator('#frame-info b').textContent(), '1 box');
  assert.deepEqual(complaints, []);
});

test('a wrong code is told, and so is a wait', { timeout: 60_000 }, async (t) => {
  const { page } = await phone(trusting, t, { serviceWorkers: 'allow' });
  await open(page, `${base}#/train`);
  await page.locator('#pair-form').waitFor();
  await page.fill('#pair-code', 'k7q');
  await page.tap('#pair-go');
  await page.locator('#pair-error:text-matches("eight letters")').waitFor();
  for (let tries = 0; await page.locator('#pair-go').isEnabled(); tries += 1) {
    assert.ok(tries < 15, 'pairing is never locked');
    await page.fill('#pair-code', ' zzzz zzz-z');
    const answered = page.waitForResponse((response) => response.url().endsWith('/pair'));
    await page.tap('#pair-go');
    const status = (await answered).status();
    await page.locator(`#pair-error:text-matches("${status === 403 ? 'does not work' : 'Too many wrong codes.* in [0-9]+ (second|minute)'}")`).waitFor();
  }
});
