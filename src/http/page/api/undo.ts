// Putting back what was taken away.
import { words } from '../words';
import { device, ok } from './client';

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
