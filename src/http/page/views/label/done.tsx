// What was saved, and that nothing is left.
import { can } from '../../api/access';
import { silent } from '../../api/link';
import { keepsNothing } from '../../offline/db';
import { waiting } from '../../offline/drafts';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { takeBack } from './back';
import { onwards } from './save';
import { last } from './saved';
import { empty, goal } from './state';
import { queue } from './travel';
import { whyEmpty } from './whyempty';

const w = words.label;

/** What was saved last, and the way back. */
export function Saved() {
  const saved = last.value;
  const text = () => {
    if (!saved) return '';
    if (saved.revision !== null) return w.saved(saved.what);
    return !silent.value ? w.onItsWay(saved.what) : w.keptHere(saved.what);
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

/**
 * Nothing is left: which is true of the device, or but for what waits here to be sent. Or no other frame is here without it,
 * or none could be shown.
 */
export function Nothing() {
  const n = waiting.value.length;
  const unreached = empty.value === 'unreached';
  const stranded = empty.value === 'stranded' || empty.value === 'unheard';
  const text = can('labeller') ? w.allDone[goal.value](n) : w.othersShow;
  return (
    <div id="label-empty" class="empty" hidden={!empty.value}>
      <h2>{whyEmpty()}</h2>
      <p id="label-empty-text">
        {stranded ? `${n && keepsNothing.value ? w.outageInTab(n) : ''} ${w.goesOn}` : !unreached && text}
      </p>
      <div class="said" id="empty-said">
        {empty.value && <Saved />}
      </div>
      <div class="row centre">
        <a class="button" href="#/camera">
          {w.toCamera}
        </a>
        <TaskButton
          id="label-again"
          task={async () => {
            queue.clear();
            await onwards();
          }}
        >
          {w.lookAgain}
        </TaskButton>
      </div>
    </div>
  );
}
