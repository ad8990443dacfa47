// One finger of a practised hand on a phone, at its pace: no act is faster than such a person's, and none begins before what it
// waits for is seen. Milliseconds:
//
//   REACH    from one place to the next: by Fitts's law log2(150 / 46 + 1) = 2.1 bits to a button of 46 px that is 150 px away,
//            at the 6 to 7 bits a second that fingers do on glass
//   CONTACT  the finger rests on the glass while it taps
//   STROKE   across a box, fast in its middle, slow at both ends, as hands move
//   SEE      a simple reaction to something that has come into view
//   GLANCE   one fixation of the eye: for each of the boxes that are to be looked at
//   KEY      from key to key of the phone's keyboard: 60 words a minute
//
// The ends of a stroke miss their places by up to MISS CSS pixels each way.
export const [REACH, CONTACT, STROKE, SEE, GLANCE, KEY] = [320, 70, 420, 250, 200, 200];
const MISS = 2;
const MOVES = 60; // a second, as phones report them

export const pause = (ms) => new Promise((done) => { setTimeout(done, Math.max(0, ms)); });

/** Always the same numbers, 0 to 1: every run is of the same work. */
export function numbers(seed = 1) {
  let state = seed;
  return () => { state = (state * 48_271) % 2_147_483_647; return state / 2_147_483_647; };
}

/** How far a hand is on its way, of 0 to 1, at a share of the time: with the least jerk. */
const eased = (t) => t ** 3 * (10 - 15 * t + 6 * t * t);

export async function finger(context, page) {
  const glass = await context.newCDPSession(page);
  const random = numbers(7);
  const about = ([x, y]) => [x + (random() * 2 - 1) * MISS, y + (random() * 2 - 1) * MISS];
  // A finger does not wait until the page has done with its last move; what is sent stays in order.
  let taken = [];
  const touch = (type, points) => { taken.push(glass.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y]) => ({ x, y })) })); };
  const over = async () => {
    touch('touchEnd', []);
    await Promise.all(taken);
    taken = [];
  };
  const own = {
    /** When the glass was touched first, by performance.now(). */
    first: null,
    /** A stroke from place to place; `ms` where it takes another time than a box. */
    async stroke(from, to, ms = STROKE) {
      await pause(REACH);
      const began = performance.now();
      own.first ??= began;
      const [[x0, y0], [x1, y1]] = [about(from), about(to)];
      touch('touchStart', [[x0, y0]]);
      const moves = Math.round((ms / 1000) * MOVES);
      for (let i = 1; i <= moves; i += 1) {
        await pause(began + (ms * i) / moves - performance.now());
        const way = eased(i / moves);
        touch('touchMove', [[x0 + (x1 - x0) * way, y0 + (y1 - y0) * way]]);
      }
      await over();
    },
    async tapAt(place) {
      await pause(REACH);
      own.first ??= performance.now();
      touch('touchStart', [about(place)]);
      await pause(CONTACT);
      await over();
    },
    /** A tap on the middle of what a selector names, as soon as that is in view. */
    async tap(selector) {
      const there = page.locator(selector);
      await there.waitFor();
      const box = await there.boundingBox();
      await own.tapAt([box.x + box.width / 2, box.y + box.height / 2]);
    },
    async type(text) {
      for (const key of text) {
        await pause(KEY);
        await page.keyboard.press(key);
      }
    },
  };
  return own;
}
