// "Done · Undo": what was just done, and the way back, for as long as it is shown; and putting back what was taken away.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { device, ok } from '../api/client';
import { say } from '../shell/banner';
import { words } from '../words';
import { TaskButton } from './button';

interface Offer {
  text: string;
  undo: () => Promise<unknown>;
}

/** Milliseconds for which the way back is offered. */
const SHOWN = 8_000;
const offered = signal<Offer | null>(null);

/** Says what was done, and offers to take it back. */
export function offerUndo(text: string, undo: () => Promise<unknown>): void {
  offered.value = { text, undo };
}

/** Takes back what the device did under these ids. Rejects where some of it could not be. */
export async function undo(ids: (string | null | undefined)[]): Promise<void> {
  let kept = 0;
  for (const id of ids) {
    if (!id) continue;
    const answer = await ok(device.POST('/api/v1/undo/{id}', { params: { path: { id } } }));
    kept += answer.kept;
  }
  if (kept > 0) throw new Error(words.undoneSome(kept));
}

export function UndoBar() {
  const offer = offered.value;
  useEffect(() => {
    if (!offer) return;
    const timer = setTimeout(() => {
      if (offered.peek() === offer) offered.value = null;
    }, SHOWN);
    return () => clearTimeout(timer);
  }, [offer]);
  return (
    <div class="undo-bar" id="undo-bar" role="status" hidden={!offer}>
      {offer && (
        <>
          <span>{offer.text}</span>
          <TaskButton
            id="undo-go"
            task={async () => {
              await offer.undo();
              offered.value = null;
              say(words.undone, 'info');
            }}
          >
            {words.undo}
          </TaskButton>
        </>
      )}
    </div>
  );
}
