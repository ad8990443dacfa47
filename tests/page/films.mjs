// The scripted hand on a clip: films of three objects that come, cross and go, brought in on the page and labelled there by real
// touch, at a practised person's pace (finger.mjs). Ends with 1 where a film takes more than a dozen touches, or its boxes are
// not good enough.
//
//   node films.mjs PROGRAM [SECONDS] [COCO]   of each film, 60 unless said otherwise; photographs for the second film
//
//   FIELDCOACH_CHROMIUM  the browser; /usr/bin/chromium unless said otherwise
//
// It needs ffmpeg. All figures are of this machine while it does all the work, daemon and browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, phone } from './browser.mjs';
import { judged, label } from './clipping.mjs';
import { finger } from './finger.mjs';
import { started } from './started.mjs';

const [program, seconds = '60', dataset] = process.argv.slice(2);
assert.ok(program, 'name the program');
const CATEGORY = 'thing';
const [MOST, WELL, MISSED] = [12, 0.8, 0.05];
/** Pictures a second of the films; the page takes two of them. */
const FPS = 4;
/** Milliseconds for what the device carries. */
const PATIENCE = 150_000;

/** The films in this folder, each with what is where. */
function films(folder) {
  const photographs = dataset ? ['--dataset', dataset, '--photographs', '1'] : [];
  execFileSync(program, ['bench', 'films', folder, '--seconds', seconds, '--fps', String(FPS), ...photographs], { stdio: 'inherit' });
  return readdirSync(folder).map((name) => {
    const own = join(folder, name);
    const { size, times, objects } = JSON.parse(readFileSync(join(own, 'truth.json'), 'utf8'));
    const fps = 1 / (times[1] - times[0]);
    const path = join(folder, `${name}.webm`);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-framerate', String(fps), '-i', join(own, '%06d.jpg'), '-pix_fmt', 'yuv420p', '-c:v', 'libvpx', '-cpu-used', '4', '-b:v', '4M', path]);
    const at = ({ clip }) => Math.min(times.length - 1, Math.round(clip.at * fps));
    const things = objects.map(({ boxes, unclear }) => (frame) => (unclear.includes(at(frame)) ? undefined : boxes[at(frame)]));
    return { name, path, size, things };
  });
}

/** Brings a film in as somebody does; its frames. */
async function brought(device, page, path) {
  await page.goto(`${device.url}#/clips`, { waitUntil: 'domcontentloaded' });
  const began = performance.now();
  await page.locator('#film-choose').setInputFiles(path);
  const clip = await (await page.waitForFunction(() => /#\/clips\/(.+)/.exec(location.hash)?.[1], null, { timeout: 600_000 })).jsonValue();
  const { items } = await device.api(`clips/${clip}/frames?limit=500`);
  return { frames: items, took: (performance.now() - began) / 1000 };
}

async function filmed(browser, film) {
  const device = await started(program, { config: '[camera]\nsource = "scene"\nkeep_every = 86400\n' });
  const leaving = [];
  try {
    await device.api('categories', 'POST', { name: CATEGORY, colour: '#e4572e', kind: 'box' });
    const { page, context } = await phone(browser, { after: (f) => leaving.push(f) });
    page.setDefaultTimeout(PATIENCE);
    const { frames, took } = await brought(device, page, film.path);
    const glass = await finger(context, page);
    const own = { ...film, frames };
    const { touches } = await label(page, glass, own, { category: CATEGORY, most: MOST, say: (text) => process.stderr.write(`${text}\n`) });
    const spent = (performance.now() - glass.first) / 1000;
    const all = await Promise.all(frames.map(async ({ id }) => device.api(`frames/${id}/labels`)));
    const labels = all.map((frame) => (frame.phase === 'labelled' ? frame.labels : []));
    const open = all.filter(({ phase }) => phase !== 'labelled').length;
    return { frames: frames.length, open, touches, spent, took, ...judged(own, labels), labels: labels.flat().length };
  } finally {
    for (const leave of leaving) await leave();
    await device.stop();
  }
}

const share = (part, all) => `${((100 * part) / all).toFixed(1)} %`;
const folder = mkdtempSync(join(tmpdir(), 'fieldcoach-films-'));
const browser = await launch();
const rows = [];
let good = true;
try {
  for (const film of films(folder)) {
    const { frames, open, touches, spent, took, mean, missed, count, extra, labels } = await filmed(browser, film);
    const met = touches <= MOST && mean >= WELL && missed < MISSED * count;
    good &&= met;
    const figures = [film.name, frames, open, count, touches, mean.toFixed(3), share(missed, count), share(extra, count), `${took.toFixed(0)} s`, `${spent.toFixed(0)} s`, ((60 * labels) / spent).toFixed(0), met ? 'met' : '**missed**'];
    rows.push(`| ${figures.join(' | ')} |`);
    process.stderr.write(`${rows.at(-1)}\n`);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
const heads = [`film of ${seconds} s`, 'frames', 'not accepted', 'boxes', 'touches', 'mean IoU', 'missed', 'too many', 'bringing it in', 'first touch to accepted', 'boxes a minute', ''];
process.stdout.write(`\n| ${heads.join(' | ')} |\n|${' --- |'.repeat(heads.length)}\n${rows.join('\n')}\n`);
process.exitCode = good ? 0 : 1;
