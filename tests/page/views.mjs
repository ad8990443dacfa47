// Every view of the page, and what says that it is there.
const PATIENCE = 180_000; // for what the device computes

/** `{name, hash, ready}` of every view, on a daemon with `demo` data; waits for the first page of a flip book. */
export async function views(base) {
  const training = await withPages(base);
  return [
    { name: 'camera', hash: '#/camera', ready: '#camera-state:not(:empty)' },
    { name: 'label', hash: '#/label', ready: '#frame-info:not(:empty), #label-empty:not([hidden])' },
    { name: 'frames', hash: '#/library', ready: '#library-grid .thumb' },
    { name: 'clips', hash: '#/clips', ready: '#clips-title' },
    { name: 'categories', hash: '#/categories', ready: '#categories-list > li' },
    { name: 'train', hash: '#/train', ready: '#trainings > li' },
    { name: 'flipbook', hash: `#/trainings/${training}`, ready: '#page[src]' },
    { name: 'device', hash: '#/device', ready: '#status > li' },
    { name: 'pair', hash: '#/pair', ready: '#pair-form' },
  ];
}

async function withPages(base) {
  const ask = async (path) => (await fetch(`${base}api/v1/${path}`)).json();
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    for (const training of (await ask('trainings')).items) {
      if (training.epoch > 0 && (await ask(`trainings/${training.id}/flipbook`)).epochs.length > 0) return training.id;
    }
    if (Date.now() > deadline) throw new Error('no training has a page yet');
    await new Promise((done) => { setTimeout(done, 500); });
  }
}
