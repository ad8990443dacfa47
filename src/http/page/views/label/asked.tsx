// What is to be decided about the frame in view: somebody else's labels, a model's proposals.
import { words } from '../../words';
import { more } from '../../words/more';
import * as edit from './edit';
import { allProposals, proposals, sheet, sureness } from './state';

const w = more.labelRest;

export function Asked() {
  return (
    <>
      <Gone />
      <Conflict />
      <Proposals />
    </>
  );
}

/** The frame was deleted while it is in view. */
function Gone() {
  if (!sheet.value?.gone.value) return null;
  return (
    <p id="gone" class="card notice" role="alert">
      {words.label.isGone}
    </p>
  );
}

/** Somebody else marked the same objects in another way. */
function Conflict() {
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

/** What a model sees: named on the picture, taken by a tap there, or all at once. */
function Proposals() {
  const [all, shown] = [allProposals.value, proposals.value.length];
  const scores = all.map(({ score }) => score);
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  return (
    <div id="proposals" class="card notice soft" hidden={!sheet.value?.proposed}>
      <p id="proposals-text">{all.length ? w.proposalsOf(shown, all.length) : w.noProposals}</p>
      {most - least >= 0.02 && (
        <input
          type="range"
          id="sure"
          aria-label={w.sure}
          aria-valuetext={w.sureFrom(sureness.value)}
          min={Math.floor(least * 50) / 50}
          max={Math.ceil(most * 50) / 50}
          step="0.02"
          value={sureness.value}
          onInput={(event) => {
            sureness.value = event.currentTarget.valueAsNumber;
          }}
        />
      )}
      <button type="button" id="refuse-all" disabled={!shown} onClick={edit.dismissAll}>
        {w.refuseAll}
      </button>
    </div>
  );
}
