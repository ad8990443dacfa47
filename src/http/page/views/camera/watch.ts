// What is watched: from which score and size on objects count, and where. Held by the device, changed by its admins.
import { signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { Watch } from '../../api/types';
import { offerUndo } from '../../ui/undo';
import { more } from '../../words/more';

/** Null until it is known. */
export const watch = signal<Watch | null>(null);
on('watch', (now) => {
  watch.value = now;
});

const ask = () => ok(device.GET('/api/v1/watch'));

/** Errors are passed over: the camera's line says when the device does not answer, and it is asked again. */
export async function loadWatch(): Promise<void> {
  watch.value = await ask().catch(() => watch.peek());
}

async function put(body: Watch): Promise<Watch> {
  const now = await ok(device.PUT('/api/v1/watch', { body }));
  watch.value = now;
  return now;
}

/** Changes what holds now, which may not be what is shown, and offers the way back. `text` says what was done. */
export async function change(text: string, edit: (now: Watch) => Watch): Promise<void> {
  const before = await ask();
  const after = await put(edit(before));
  offerUndo(text, async () => {
    // All of it is written at once: going back would undo what somebody else did since, too.
    if (JSON.stringify(await ask()) !== JSON.stringify(after)) throw new Error(more.camera.counts.changedSince);
    await put(before);
  });
}
