// The daemon that the page's tests run against, asked beside the browser.
import assert from 'node:assert/strict';

assert.ok(process.env.FIELDCOACH_URL, 'set FIELDCOACH_URL to the address of a running daemon');
export const base = process.env.FIELDCOACH_URL.replace(/\/*$/, '/');
/** Milliseconds for what the device computes. */
export const PATIENCE = 180_000;

export const api = async (path, options) => {
  const response = await fetch(`${base}api/v1/${path}`, options);
  assert.ok(response.ok, `${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
};

/** A training whose flip book has pages of at least `epochs` epochs, among those that are `wanted`. */
export async function bookWith(epochs, wanted = () => true) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    for (const training of (await api('trainings')).items) {
      if (training.epoch < epochs || !wanted(training)) continue;
      const book = await api(`trainings/${training.id}/flipbook`);
      if (book.epochs.length >= epochs) return book;
    }
    assert.ok(Date.now() < deadline, `no training has ${epochs} epochs yet`);
    await new Promise((done) => { setTimeout(done, 500); });
  }
}
