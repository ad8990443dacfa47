// Keeps what the camera sees now, and says what the model sees in it.
import { signal } from '@preact/signals';
import { device, ok, slowly } from '../../api/client';
import { TaskButton } from '../../ui/button';
import { more } from '../../words/more';
import { ofChosen } from './chosen';

const w = more.camera;

interface Captured {
  id: string;
  /** Things that the model proposes to label; null without a model, or while it looks. */
  seen: number | null;
}
const captured = signal<Captured | null>(null);

async function capture(): Promise<void> {
  captured.value = null; // or a quick tap on it would open the frame before
  const { id } = await ok(device.POST('/api/v1/frames/capture', { params: { query: ofChosen() }, ...slowly }));
  captured.value = { id, seen: null };
  void propose(id);
}

/** The frame is kept whatever comes of this. */
async function propose(id: string): Promise<void> {
  const params = { path: { id } };
  const proposed = await ok(device.GET('/api/v1/frames/{id}/proposals', { params, ...slowly })).catch(() => null);
  if (proposed?.model && captured.peek()?.id === id) captured.value = { id, seen: proposed.items.length };
}

export function Capture() {
  return (
    <TaskButton class="primary grow" id="capture" task={capture}>
      {w.capture}
    </TaskButton>
  );
}

export function LastCaptured() {
  const last = captured.value;
  return (
    <p id="captured" class="hint" aria-live="polite">
      {last && (
        <>
          {w.kept} {last.seen !== null && <span id="proposed">{w.proposed(last.seen)}</span>}{' '}
          <a href={`#/label/${last.id}`}>{w.labelNow}</a>
        </>
      )}
    </p>
  );
}
