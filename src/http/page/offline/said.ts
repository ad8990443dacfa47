// What was said of objects in clips and is not yet on the device's disk. The view of clips says and sends it; here lies what all
// of the page has to know.
import { signal } from '@preact/signals';
import { type Database, database, keepsNothing, persist, type Saying } from './db';

/** Waits to be sent, in order. */
export const sayings = signal<readonly Saying[]>([]);

/** Reads what this browser has kept of this device; whether there is anything. */
export async function readSaid(): Promise<boolean> {
  const kept = await database()
    .then((store) => store?.getAll('said'))
    .catch(() => undefined);
  // Without a place to keep it what is here is all there is.
  const mine = sayings.peek().filter(({ order }) => !kept?.some((one) => one.order === order));
  if (kept?.length) sayings.value = [...kept, ...mine];
  return sayings.peek().length > 0;
}

/** Keeps it in this browser until it is dropped. */
export async function keepSaid(clip: string, body: Saying['body']): Promise<void> {
  persist();
  const last = sayings.peek().at(-1)?.order ?? 0;
  const saying = { order: Math.max(Date.now(), last + 1), clip, body };
  sayings.value = [...sayings.peek(), saying];
  await write((store) => store.put('said', saying));
}

export async function dropSaid({ order }: Saying): Promise<void> {
  sayings.value = sayings.peek().filter((other) => other.order !== order);
  await write((store) => store.delete('said', order));
}

async function write(act: (store: Database) => Promise<unknown>): Promise<void> {
  try {
    const store = await database();
    if (store) await act(store);
  } catch {
    keepsNothing.value = true;
  }
}
