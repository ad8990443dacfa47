// By the thumb: saving, and what there is to say of it.
import { connected } from '../../api/stream';
import { waiting } from '../../offline/drafts';
import { words } from '../../words';
import { save, takeBack } from './save';
import { last } from './saved';
import { note, summary } from './state';
import { offer, turn } from './turn';

const w = words.label;

export function Finish() {
  const now = summary.value;
  const offered = now && offer(now);
  const off = turn.value !== 'ready';
  return (
    <div class="finish">
      <div class="said" id="said">
        <Saved />
        <p id="save-state" class="hint" aria-live="polite">
          {note.value || outage()}
        </p>
        <button
          type="button"
          id="nothing"
          hidden={!offered?.nothing}
          aria-disabled={off}
          onClick={() => void save(true)}
        >
          {w.nothing}
        </button>
      </div>
      <button
        type="button"
        class="primary full"
        id="save"
        aria-disabled={off || !offered?.save}
        onClick={() => void save()}
      >
        {now && offered?.leaves ? w.saveLeave(now.boxes + now.tags, offered.leaves) : w.save}
      </button>
    </div>
  );
}

/** What the device's silence means for who labels. */
function outage(): string {
  const n = waiting.value.length;
  if (connected.value) return '';
  return n ? w.outageWaiting(n) : w.outage;
}

/** What was saved last, and the way back. */
export function Saved() {
  const saved = last.value;
  const text = () => {
    if (!saved) return '';
    if (saved.revision !== null) return w.saved(saved.what);
    return connected.value ? w.onItsWay(saved.what) : w.keptHere(saved.what);
  };
  return (
    <p id="saved" role="status" hidden={!saved}>
      <span id="saved-text">{text()}</span>
      <button type="button" id="saved-undo" onClick={() => void takeBack()}>
        {w.undo}
      </button>
    </p>
  );
}
