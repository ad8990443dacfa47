// By the thumb: saving, and what there is to say of it.

import { silent } from '../../api/link';
import { keepsNothing } from '../../offline/db';
import { waiting } from '../../offline/drafts';
import { words } from '../../words';
import { Later } from './later';
import { acceptAndSave, save } from './save';
import { note, sheet, summary } from './state';
import { type Offer, offer, type Summary, turn } from './turn';

const w = words.label;

export function Finish() {
  const now = summary.value;
  const offered = now && offer(now);
  const off = turn.value !== 'ready';
  return (
    <div class="finish">
      <div class="said" id="said">
        <Later part="Saved" />
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
      <div class="finally">
        <button
          type="button"
          class={`full ${now?.open ? '' : 'primary'}`}
          id="save"
          aria-disabled={off || !offered?.save}
          onClick={() => void save()}
        >
          {now && offered ? textOf(now, offered) : w.save}
        </button>
        {now && now.open > 0 && (
          <button
            type="button"
            class="primary full"
            id="accept-next"
            aria-disabled={off || now.unsettled !== null}
            onClick={() => void acceptAndSave()}
          >
            {w.acceptNext(now.open)}
          </button>
        )}
      </div>
    </div>
  );
}

function textOf(now: Summary, { leaves }: Offer): string {
  if (leaves) return w.saveLeave(now.boxes + now.tags, leaves);
  return now.confirms && !sheet.value?.differs.value ? w.confirm : w.save;
}

/** What the device's silence means for who labels. */
function outage(): string {
  const n = waiting.value.length;
  if (!silent.value) return '';
  if (n && keepsNothing.value) return w.outageInTab(n);
  return n ? w.outageWaiting(n) : w.outage;
}
