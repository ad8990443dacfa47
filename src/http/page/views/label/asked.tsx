// What is to be decided about the frame in view: somebody else's labels, a model's proposals.
import { words } from '../../words';
import * as edit from './edit';
import { proposals, sheet } from './state';

const w = words.label;

/** Somebody else marked the same objects in another way. */
export function Conflict() {
  const n = sheet.value?.disputes.value.length ?? 0;
  if (!n) return null;
  return (
    <div id="conflict" class="card notice" role="alert">
      <p id="conflict-text">{w.disputed(n)}</p>
      <div class="row">
        <button type="button" id="conflict-mine" class="grow" onClick={() => edit.settle(true)}>
          {w.mine}
        </button>
        <button type="button" id="conflict-theirs" class="grow" onClick={() => edit.settle(false)}>
          {w.theirs}
        </button>
      </div>
    </div>
  );
}

export function Proposals() {
  const n = proposals.value.length;
  return (
    <div id="proposals" class="card notice soft" hidden={!n}>
      <p id="proposals-text">{w.proposals(n)}</p>
      <button type="button" id="refuse-all" onClick={edit.dismissAll}>
        {w.refuseAll}
      </button>
      <button type="button" id="accept-all" onClick={edit.acceptAll}>
        {w.acceptAll}
      </button>
    </div>
  );
}
