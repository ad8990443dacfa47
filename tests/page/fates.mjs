// A flip book that has everything: several experiments, fates of labels, categories, suspects. Made up over a real one, since
// what a training of the demo comes to differs from machine to machine.
const letter = (n, i, epoch, luck) => {
  const found = Math.sin(n * 7.1 + i * 3.3) * 3 + epoch * luck > 2.2;
  if (n % 9 === 4 && i === 0) return epoch === 2 ? 'f' : 'm'; // found once, and forgotten
  return found ? 'f' : Math.sin(n * 1.7 + i) > 0.6 ? 'c' : 'm';
};

// `n`: which frame of its side it is, so that either side has some of everything however the device split them.
function pointOf(n, split, epoch, luck) {
  const labels = Array.from({ length: 1 + (n % 4) }, (_, i) => letter(n, i, epoch, luck)).join('');
  const count = (which) => [...labels].filter((l) => l === which).length;
  const wrong = n % 5 === 1 ? 2 : 0;
  const far = n === 3 && split === 'validation' ? 30 : 0;
  return {
    score: count('f') / (labels.length + wrong / 2), loss: 6 / (1 + epoch * luck) + Math.abs(Math.sin(n)) + far, confidence: Math.min(1, 0.1 * epoch + 0.3 * Math.abs(Math.cos(n))),
    found: count('f'), missed: count('m'), confused: count('c'), false: wrong, labels,
  };
}

/** `lucks`: how fast each experiment learns; the first leads. Every second epoch the slowest one falls away. */
export function madeUp(book, names, lucks = [1, 0.7, 0.4]) {
  const ids = lucks.map((_, i) => `00000000-0000-7000-8000-00000000000${i}`);
  const place = book.frames.map(({ split }, n) => book.frames.slice(0, n).filter((other) => other.split === split).length);
  const running = (epoch) => ids.slice(0, Math.max(1, lucks.length - Math.floor(epoch / 2)));
  const epochOf = (epoch, i) => ({
    epoch, experiment: ids[i], experiments: running(epoch),
    metrics: { training: i ? null : { ...book.epochs[0].metrics.training, ap50: 1 - 1 / (1 + epoch * lucks[i]) }, validation: { ...book.epochs[0].metrics.validation, ap50: 0.9 - 0.9 / (1 + epoch * lucks[i] * 0.7) } },
    categories: names.map((name, k) => ({ name, objects: 10 + k, found: Math.min(10, Math.round(epoch * lucks[i] * (1 + k * 0.4))), wrong: k, ap50: 1 - 1 / (1 + epoch * lucks[i] * (0.3 + k * 0.3)) })),
    points: book.frames.map((frame, n) => (i && frame.split === 'training' ? null : pointOf(place[n], frame.split, epoch, lucks[i]))),
  });
  const of = (id) => {
    const i = Math.max(0, ids.indexOf(id));
    return { ...book, epochs: book.epochs.map((e) => e.epoch).filter((epoch) => running(epoch).includes(ids[i])).map((epoch) => epochOf(epoch, i)) };
  };
  const suspects = book.frames.slice(0, 7).map(({ id }, n) => ({ frame: id, kind: 'sure_but_unlabelled', category: names[0], bbox: [0, 0, 9, 9], score: 0.9, text: `The model is sure (${97 - n} %) of \`${names[0]}\` where nobody labelled it.` }));
  return { ids, place, of, suspects: { items: suspects, note: null } };
}

/** Has `page` see it instead of the real one. */
export async function pretend(page, made, training) {
  const json = (route, value) => route.fulfill({ json: value });
  await page.route(/flipbook(\?.*)?$/, (route) => json(route, made.of(new URL(route.request().url()).searchParams.get('experiment'))));
  await page.route(/suspects$/, (route) => json(route, made.suspects));
  // The pictures are those of the real book's leader; their addresses say whose were asked for.
  await page.route(/flipbook\/.*experiment=/, (route) => route.continue({ url: route.request().url().replace(/&experiment=[^&]*/, '') }));
  const words = ['learns boldly, small network', 'learns steadily, large network, minds the hard cases', 'learns carefully, small network'];
  const experiments = made.ids.map((id, n) => ({ ...training.experiments[0], id, words: words[n] }));
  await page.route(new RegExp(`trainings/${training.id}$`), (route) => json(route, { ...training, finished: training.finished ?? training.created, experiments }));
}
