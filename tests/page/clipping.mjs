// Labelling a clip on its view by touch, as somebody does who sees what is in it; and how well that came out.
import { between } from './browser.mjs';

const areaOf = ([, , w, h]) => w * h;
/** How much two boxes overlap, of 0 to 1. */
export function iou(a, b) {
  const w = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const h = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  const shared = w > 0 && h > 0 ? w * h : 0;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

/** Overlap from which somebody takes a box for right. */
const RIGHT = 0.75;

/** Nobody draws on what is not seen yet. */
export const painted = (page) => page.locator('#clips .board[aria-busy=false]').waitFor();

/** Why the object in hand is asked for in the frame that is seen; null where it is not. */
export const asks = (page) => page.locator('#clip-board').getAttribute('data-asks');

/** The device has carried all that was said, and has it, and the page shows it. */
export async function carried(page, timeout = 120_000) {
  // What was said just now is seen with the next picture of the screen.
  await page.evaluate(() => new Promise((seen) => { requestAnimationFrame(() => requestAnimationFrame(seen)); }));
  await page.waitForFunction(() => document.querySelector('#clip-accept')?.disabled === false, null, { timeout });
}

/** One finger as fast as the machine goes; `finger.mjs` has one at a person's pace. */
export const quick = (page, drag) => ({
  tap: (selector) => page.locator(selector).tap(),
  stroke: (from, to) => drag(between(from, to)),
});

/** Where on the screen what lies there in the film is. */
export async function placeIn(page, [WIDTH, HEIGHT]) {
  const { x, y, width, height } = await page.locator('#clip-board').boundingBox();
  const scale = Math.min(width / WIDTH, height / HEIGHT);
  return ([px, py]) => [x + (width - WIDTH * scale) / 2 + px * scale, y + (height - HEIGHT * scale) / 2 + py * scale];
}

/**
 * Labels the clip that is open. `film`: `frames` as the device has them, `size`, and `things`, each a function from a frame to
 * the box in which it is seen there, null where it is not, and undefined where nobody could say; `most`: touches. Answers how
 * many there were, and of which track each thing is.
 */
export async function label(page, glass, { frames, size, things }, { category, most = 12, say = () => {} }) {
  let touches = 0;
  const tap = async (selector) => { touches += 1; await glass.tap(selector); };
  const here = async () => {
    const id = await page.locator('#clip-board').getAttribute('data-frame');
    return frames.findIndex((frame) => frame.id === id);
  };
  const draw = async ([x, y, w, h]) => {
    touches += 1;
    const place = await placeIn(page, size);
    await glass.stroke(place([x, y]), place([x + w, y + h]));
  };
  /** Where the object in hand is, which may have a box there already: that is right, or is drawn to where it should be. */
  const set = async (truth) => {
    const shown = (await page.locator('#clip-board').getAttribute('data-hand'))?.split(' ').map(Number);
    if (!shown) return draw(truth);
    if (iou(shown, truth) >= RIGHT && await page.locator('#clip-right').count()) return tap('#clip-right');
    touches += 1;
    const place = await placeIn(page, size);
    const middle = ([x, y, w, h]) => place([x + w / 2, y + h / 2]);
    return glass.stroke(middle(shown), middle(truth));
  };
  const scrub = async (number) => {
    touches += 1;
    const strip = await page.locator('#clip-strip').boundingBox();
    const at = (n) => [strip.x + 8 + (n / (frames.length - 1)) * (strip.width - 16), strip.y + 20];
    await glass.stroke(at(await here()), at(number));
    await painted(page);
  };

  await page.locator('#clip-objects').waitFor();
  // What is drawn is said once, where it is not what the page would take anyway.
  const chip = page.locator(`#clip-objects .chip:has-text("New:"):has-text("${category}")`);
  const fresh = async () => { if (await chip.getAttribute('aria-pressed') !== 'true') { touches += 1; await chip.tap(); } };
  await fresh();
  // Each thing is drawn where most of those that are not yet are seen best.
  const largest = things.map((boxAt) => Math.max(0, ...frames.map((frame) => areaOf(boxAt(frame) ?? [0, 0, 0, 0]))));
  const seen = (thing, frame) => areaOf(things[thing](frame) ?? [0, 0, 0, 0]) > 0.9 * largest[thing];
  const left = new Set(things.keys());
  const tracks = [];
  const drawn = new Map();
  while (left.size) {
    const there = frames.map((frame) => [...left].filter((thing) => seen(thing, frame)));
    const many = Math.max(...there.map((some) => some.length));
    const best = [...there.keys()].filter((n) => there[n].length === many);
    const wanted = best[Math.floor(best.length / 2)];
    await scrub(wanted);
    // What is in hand, and not seen here, would be what is drawn.
    await fresh();
    const at = await here();
    for (const thing of [...left].filter((one) => seen(one, frames[at]))) {
      await painted(page);
      const [box, held] = [things[thing](frames[at]), drawn.get(at)];
      // A stroke that begins in the box in hand moves it.
      if (held && box[0] >= held[0] && box[0] <= held[0] + held[2] && box[1] >= held[1] && box[1] <= held[1] + held[3]) await fresh();
      await draw(box);
      drawn.set(at, box);
      left.delete(thing);
      await page.locator('#clip-objects .chip', { hasText: `${category}-` }).nth(things.length - left.size - 1).waitFor();
      tracks[thing] = await page.locator('#clip-objects .chip[aria-pressed=true]').innerText();
      say(`${tracks[thing].trim()} drawn at ${frames[at].clip.at} s`);
    }
  }
  await carried(page);
  // Then whatever is asked for: once one is answered, the next one comes by itself.
  const names = tracks.map((name) => name.replace(/[^a-z0-9-]/g, ''));
  while (touches < most - 1) {
    if (!await asks(page)) {
      if (touches === most - 2 || !await page.locator('#clip-ask').isEnabled()) break;
      await tap('#clip-ask');
    }
    await painted(page);
    const [frame, held] = [frames[await here()], await page.locator('#clip-objects .chip[aria-pressed=true]').innerText()];
    const truth = things[names.indexOf(held.replace(/[^a-z0-9-]/g, ''))](frame);
    say(`asked for ${held.trim()} at ${frame.clip.at} s, where it is ${truth ? '' : 'not '}seen`);
    if (!truth) await tap('#clip-gone');
    else await set(truth);
    await carried(page);
  }
  await tap('#clip-accept');
  await page.locator('#undo-bar:has-text("labelled")').waitFor();
  return { touches, tracks: names };
}

/** How well the labels of the frames show the things: mean overlap, boxes of the truth without one, and all of them. */
export function judged({ frames, things }, labels) {
  let [sum, missed, count, extra] = [0, 0, 0, 0];
  for (const [n, frame] of frames.entries()) {
    const open = [...labels[n]];
    let unclear = 0;
    for (const boxAt of things) {
      const truth = boxAt(frame);
      if (truth === undefined) unclear += 1;
      if (!truth) continue;
      count += 1;
      const overlaps = open.map(({ bbox }) => iou(bbox, truth));
      const best = Math.max(0, ...overlaps);
      sum += best;
      if (best === 0) missed += 1;
      else open.splice(overlaps.indexOf(best), 1);
    }
    extra += Math.max(0, open.length - unclear);
  }
  return { mean: sum / count, missed, count, extra };
}
