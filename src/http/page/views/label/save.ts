// Saving: what is drawn is kept here at once, and sent in order whenever the device answers.
import { batch } from '@preact/signals';
import { silence } from '../../api/client';
import { forgetAhead } from '../../offline/ahead';
import { keepDraft, saveDraft, settled } from '../../offline/drafts';
import { flush, type Outcome } from '../../offline/outbox';
import { say } from '../../shell/banner';
import { words } from '../../words';
import { countSoon } from './counts';
import { acceptAll } from './edit';
import { last, offer as offerBack, sent } from './saved';
import { after, before, note, proposals, sheet, stage, summary } from './state';
import { deletedElsewhere, forward, none, queue, visit } from './travel';
import { become, offer, refusal, type Summary, turn } from './turn';

const w = words.label;
/** Takes away what is said of a refused save: whoever saves after it has seen it. */
let hushRefusal = () => {};

/** Saves what is drawn, or that there is nothing, where that is offered just now. */
export async function save(nothing = false): Promise<void> {
  if (stage.board?.close() === false) return; // it is told why
  const [frameSheet, now] = [sheet.peek(), summary.peek()];
  if (!frameSheet || !now || turn.peek() !== 'ready') return; // a frame that was not seen yet is not saved
  const offered = offer(now);
  if (!(nothing ? offered.nothing : offered.save)) {
    const why = refusal(now);
    note.value = why ? w.refusals[why] : '';
    return;
  }
  const { frame } = frameSheet;
  const stored = frameSheet.stored.peek();
  const drawn = frameSheet.draft(after(stored.phase));
  keepDraft(drawn);
  saveDraft(frame.id);
  frameSheet.waits.value = true;
  become('saving');
  await settled();
  queue.mark(frame.id, false);
  before.value = drawn.labels;
  offerBack({ frame, before: stored, drawn, what: whatOf(now), revision: null });
  note.value = '';
  hushRefusal();
  void flush();
  await onwards(true);
}

/** What was saved, in words: proposals that were left out are told. */
function whatOf({ boxes, outlines, tags, open, confirms }: Summary): string {
  return w.what(boxes ? w.boxes(boxes, outlines) : '', tags, boxes + tags ? open : 0, confirms);
}

export async function acceptAndSave(): Promise<void> {
  if (turn.peek() !== 'ready' || !proposals.peek().length || summary.peek()?.unsettled) return;
  acceptAll();
  await save();
}

/** The next frame; where none can be had without the device it is said: this one stays, but for one that is `saved`. */
export async function onwards(saved = sheet.peek()?.waits.peek() ?? true): Promise<void> {
  try {
    await forward();
  } catch (error) {
    // A second Save is not a tap away.
    if (saved) none(silence(error) ? 'stranded' : 'unreached');
    else if (silence(error)) note.value = w.noMoreHere;
    if (!silence(error)) say(error);
  }
}

/** What became of a saved frame. */
export function concluded(frame: string, outcome: Outcome): void {
  const now = sheet.peek();
  const here = now?.frame.id === frame ? now : null;
  batch(() => {
    if (outcome.kind === 'saved') {
      sent(frame, outcome.labels.revision);
      queue.mark(frame, false);
      void forgetAhead(frame);
      if (here?.waits.peek()) here.saved(outcome.labels);
      const over = outcome.empty && outcome.others > 0;
      if (over && last.peek()?.frame.id === frame) offerBack(null); // it did not come to "nothing here"
      if (outcome.others) say(over ? w.theirsStay : w.joinedLater, 'info');
    } else {
      if (last.peek()?.frame.id === frame) offerBack(null);
      hushRefusal = say(outcome.kind === 'refused' ? w.notSaved(outcome.why) : w.disputedLater, 'error');
    }
  });
  if (outcome.kind === 'refused' && outcome.gone) {
    if (here) here.waits.value = false;
    deletedElsewhere([frame]);
  } else if (here && outcome.kind !== 'saved') {
    void forgetAhead(frame).then(() => visit(frame).catch(say));
  }
  countSoon();
}
