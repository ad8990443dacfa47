// A film of parcels that are hidden for a while, frame by frame, and the touches that label it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { between } from './browser.mjs';
import { painted, placeIn } from './clipping.mjs';
import { api, base } from './daemon.mjs';

export const SIZE = [320, 240];
/** Frames, two a second; in those from `HIDDEN` to before `AGAIN` no parcel is seen. */
export const [FRAMES, HIDDEN, AGAIN] = [16, 5, 10];
/** Where the parcels stand. */
export const PARCELS = [[40, 50, 70, 60], [200, 130, 64, 72]];

/** Pictures of the film; `count` as many, of which those behind the others show the last. */
function pictures(folder) {
  const box = ([x, y, w, h], ink, when = '') => `drawbox=x=${x}:y=${y}:w=${w}:h=${h}:color=${ink}:t=fill${when}`;
  const seen = `:enable='lt(n,${HIDDEN})+gte(n,${AGAIN})'`;
  const parcel = ([x, y, w, h], [paper, card, stamp]) => [box([x, y, w, h], paper, seen), box([x + 8, y + 10, w / 2, h / 3], card, seen), box([x + w - 26, y + h - 24, 18, 14], stamp, seen)];
  const inks = [['orange', 'white', 'brown'], ['teal', 'yellow', 'navy']];
  const graph = [`gradients=s=${SIZE.join('x')}:c0=gray:c1=darkslategray:nb_colors=2:seed=3:speed=0.00001:rate=2:duration=${FRAMES / 2}`, 'format=yuv420p', 'noise=alls=9:all_seed=7', ...PARCELS.flatMap((place, i) => parcel(place, inks[i]))].join();
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', graph, '-q:v', '3', join(folder, 'hiding-%03d.jpg')]);
  return readdirSync(folder).filter((name) => name.startsWith('hiding-')).sort().map((name) => readFileSync(join(folder, name)));
}

/** A clip of them on the device: its id, and its frames. `times`: how often the film is shown. */
export async function hidingClip(folder, times = 1) {
  const all = pictures(folder);
  assert.equal(all.length, FRAMES);
  let id = 'new';
  for (let n = 0; n < FRAMES * times; n += 1) {
    const query = new URLSearchParams({ clip: id, at: String(n / 2), name: 'hiding' });
    id = (await api(`frames?${query}`, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: all[n % FRAMES] })).clip.id;
  }
  const frames = [];
  for (let after = ''; after !== null;) {
    const { items, next } = await api(`clips/${id}/frames?limit=500${after && `&after=${after}`}`);
    frames.push(...items);
    after = next ?? null;
  }
  return { id, frames };
}

/** The page at that clip, with its first frame in view, and a new parcel to draw. */
export async function opened(page, { id, frames }) {
  await page.goto(`${base}#/clips/${id}`, { waitUntil: 'domcontentloaded' });
  await page.locator('#clip-objects .chip:has-text("New:"):has-text("parcel")').tap();
  await at(page, frames, 0);
}

/** Goes to the frame with this number. */
export async function at(page, frames, number) {
  await page.locator('#clip-strip').fill(String(number));
  await page.waitForFunction((id) => document.querySelector('#clip-board').dataset.frame === id, frames[number].id);
  await painted(page);
}

/** Draws a parcel where it stands. */
export async function draw({ page, drag }, [x, y, w, h]) {
  const place = await placeIn(page, SIZE);
  await drag(between(place([x, y]), place([x + w, y + h])));
}

export const labelsOf = async (frames) => Promise.all(frames.map(async ({ id }) => api(`frames/${id}/labels`)));
export const put = (path, body, method = 'POST') => api(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
