// The way back from a save.
import { ApiError, device, ok } from '../../api/client';
import { forgetAhead } from '../../offline/ahead';
import { draftOf, holdDraft, keepDraft } from '../../offline/drafts';
import { equal } from '../../offline/merge';
import { flush } from '../../offline/outbox';
import { say } from '../../shell/banner';
import { words } from '../../words';
import { countSoon } from './counts';
import { hold, last, offer as offerBack } from './saved';
import { note } from './state';
import { held, load, queue, stay, visit } from './travel';

const w = words.label;

/** Gives the device back what it had before the last Save, and the user what was drawn. */
export async function takeBack(): Promise<void> {
  if (!last.peek() || held()) return;
  hold();
  load();
  // It may be on its way just now.
  if (last.peek()?.revision === null) await flush();
  const saved = last.peek();
  if (!saved) return stay();
  const { frame, drawn, revision } = saved;
  const { proposals: open = [] } = drawn;
  if (revision === null) {
    if (draftOf(frame.id)) holdDraft(frame.id);
  } else if (!(await giveBack(frame.id, revision, saved.before, drawn))) return stay();
  offerBack(null);
  await visit(frame.id, { proposals: open }).catch(say);
  note.value = revision === null ? w.takenBackHere : w.takenBack;
  countSoon();
}

type Last = NonNullable<typeof last.value>;
async function giveBack(id: string, revision: number, stored: Last['before'], drawn: Last['drawn']): Promise<boolean> {
  const { phase, labels, rejected = [] } = stored;
  try {
    const body = { revision, phase, labels, ...(rejected.length > 0 && { rejected }) };
    const back = await ok(device.PUT('/api/v1/frames/{id}/labels', { params: { path: { id } }, body }));
    queue.mark(id, true);
    await forgetAhead(id);
    if (!equal(drawn.labels, labels)) keepDraft({ ...drawn, revision: back.revision, base: back.labels });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const over = error.status === 409;
    offerBack(over ? null : last.peek());
    say(over ? w.notTakenBack : w.couldNot(error.message));
    return false;
  }
}
