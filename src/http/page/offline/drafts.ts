// Labels not yet on the device's disk. They stay in this browser until the device has acknowledged them.
//
// A mirror in memory answers at once; every change is written through to the database, in order.
import { computed, signal } from '@preact/signals';
import { me } from '../api/access';
import { on } from '../api/news';
import { type Database, type Draft, database, keepsNothing, persist } from './db';
import { sayings } from './said';

/** All drafts of this device, by frame. */
export const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

/** Whether what was kept has been read: before, a frame without a draft may have one. */
export const read = signal(false);

/** Saved frames that wait to be sent, in their order. */
export const waiting = computed(() =>
  [...drafts.value.values()].filter((draft) => draft.order > 0 && !draft.refused).sort((a, b) => a.order - b.order),
);
/** Frames with something drawn that was never saved, or that the device refused; the last touched first. */
export const unfinished = computed(() =>
  [...drafts.value.values()]
    .filter((draft) => draft.order === 0 || draft.refused)
    .sort((a, b) => b.touched - a.touched),
);

export const draftOf = (frame: string): Draft | undefined => drafts.peek().get(frame);

// Another tab of this browser keeps and sends, too.
const tabs = 'BroadcastChannel' in self ? new BroadcastChannel(`fieldcoach drafts ${location.pathname}`) : null;

type Elsewhere = (frame: string, draft: Draft | undefined, before: Draft | undefined) => void;
const elsewhere = new Set<Elsewhere>();
/** Calls `f` with every draft that another tab changed, as it was here before, or dropped. */
export const onElsewhere = (f: Elsewhere) => void elsewhere.add(f);

let written: Promise<unknown> = Promise.resolve();
/** Counts what was kept here. */
let puts = 0;
/** Resolves once everything kept so far is on this browser's disk, or it is known that it can't be. */
export const settled = (): Promise<unknown> => written;

function put(frame: string, changed: Omit<Draft, 'touched' | 'follows'> | null): void {
  const next = new Map(drafts.peek());
  const follows = next.get(frame)?.touched;
  const draft = changed && {
    ...changed,
    touched: Math.max(Date.now(), (follows ?? 0) + 1),
    ...(follows && { follows }),
  };
  if (draft) next.set(frame, draft);
  else next.delete(frame);
  drafts.value = next;
  puts += 1;
  written = written.then(() => write(frame, draft));
}

async function write(frame: string, draft: Draft | null): Promise<void> {
  try {
    const store = await database();
    if (!store) return;
    if (draft) await store.put('drafts', draft);
    else await store.delete('drafts', frame);
    keepsNothing.value = false;
    tabs?.postMessage(me.peek()?.device);
  } catch {
    keepsNothing.value = true;
  }
}

/** Keeps what is drawn on a frame. A change takes it out of what is to be sent, until it is saved again. */
export function keepDraft(draft: Omit<Draft, 'order' | 'touched' | 'refused'>): void {
  persist();
  put(draft.frame, { ...draft, order: 0 });
}

/** The draft of a frame is to be sent, after all that were saved before it. */
export function saveDraft(frame: string): void {
  const draft = draftOf(frame);
  if (!draft) return;
  const last = Math.max(0, ...[...drafts.peek().values()].map((other) => other.order));
  const { refused: _, ...rest } = draft;
  put(frame, { ...rest, order: last + 1 });
}

/** The device will not take it: it stays here, to be looked at. */
export function refuseDraft(frame: string, refused: string): void {
  const draft = draftOf(frame);
  if (draft) put(frame, { ...draft, refused });
}

/** It waits no longer to be sent; what is drawn stays. */
export function holdDraft(frame: string): void {
  const draft = draftOf(frame);
  if (draft) put(frame, { ...draft, order: 0 });
}

/** A draft goes on from other labels of the device, in its old place; with disputes it waits until they are settled. */
export function rebaseDraft(frame: string, changes: Pick<Draft, 'revision' | 'base' | 'labels' | 'disputes'>): void {
  const draft = draftOf(frame);
  if (draft) put(frame, { ...draft, ...changes, ...(changes.disputes?.length && { order: 0 }) });
}

/** The device has it, or nobody wants it any more. */
export function dropDraft(frame: string): void {
  put(frame, null);
}

/** Reads what is kept. What was drawn before the device was known belongs to the first that is. */
async function load(): Promise<void> {
  const store = await database();
  if (!store) {
    read.value = me.peek() !== null;
    return;
  }
  await written;
  await takeOver(store);
  const before = puts;
  const kept = await store.getAll('drafts').catch(() => []);
  if (before !== puts) return load(); // something was kept here meanwhile
  const were = drafts.peek();
  const adopted = read.peek()
    ? []
    : [...drafts.peek().values()].filter((draft) => !kept.some((k) => k.frame === draft.frame));
  drafts.value = new Map([...kept, ...adopted].map((draft) => [draft.frame, draft]));
  for (const draft of adopted) put(draft.frame, draft);
  read.value = true;
  const are = drafts.peek();
  for (const frame of new Set([...were.keys(), ...are.keys()])) {
    const [was, is] = [were.get(frame), are.get(frame)];
    if (was?.touched !== is?.touched && !adopted.some((draft) => draft.frame === frame))
      for (const f of elsewhere) f(frame, is, was);
  }
}

/** Pages of an earlier version kept drafts in another place; they move once. The oldest told no devices apart. */
async function takeOver(store: Database): Promise<void> {
  const prefixes = [`fieldcoach.${me.peek()?.device}.draft.`, 'fieldcoach.draft.'];
  try {
    for (const key of Object.keys(localStorage)) {
      const prefix = prefixes.find((one) => key.startsWith(one));
      if (!prefix) continue;
      const { revision, phase, labels, pending } = JSON.parse(localStorage.getItem(key) ?? '{}');
      const frame = key.slice(prefix.length);
      const draft = {
        frame,
        revision,
        base: [],
        phase,
        labels,
        rejected: [],
        order: pending ? 1 : 0,
        touched: Date.now(),
      };
      if (Array.isArray(labels) && !(await store.get('drafts', frame))) await store.put('drafts', draft);
      localStorage.removeItem(key);
    }
  } catch {
    // What can't be moved stays where it is.
  }
}

void load();
on('me', () => void load());
if (tabs) tabs.onmessage = ({ data }) => data === me.peek()?.device && void load();
addEventListener('beforeunload', (event) => {
  if (keepsNothing.peek() && (drafts.peek().size || sayings.peek().length)) event.preventDefault();
});
