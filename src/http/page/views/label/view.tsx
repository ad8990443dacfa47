// Labelling: frame after frame from the queue, boxes and tags, kept here until the device has them.
import { useEffect } from 'preact/hooks';
import { can, me } from '../../api/access';
import { on } from '../../api/news';
import { waiting } from '../../offline/drafts';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { Conflict, Proposals } from './asked';
import { Chips, Instructions } from './chips';
import { countSoon } from './counts';
import { Finish, Saved } from './finish';
import { learnCategories } from './follow';
import { Below, fetchRest, NewCategory } from './later';
import { Help, Picture } from './picture';
import { onwards } from './save';
import { empty, reason, sheet } from './state';
import { Tools } from './tools';
import { enter, queue } from './travel';

const w = words.label;

export function View({ id }: { id: string | undefined }) {
  useNews(countSoon, ['poll']);
  useShown(id);
  return (
    <>
      <h1 id="label-title" class="quiet" tabIndex={-1}>
        {w.title}
      </h1>
      <Nothing />
      <div class="split wide" id="label-work" hidden={empty.value}>
        <div>
          <Tools />
          <Picture />
          {can('labeller') && (
            <p id="reason" class="hint">
              {reason.value && w.why(reason.value)}
            </p>
          )}
          <Help />
        </div>
        <div class="panel">{can('labeller') ? <Panel /> : <Chips />}</div>
      </div>
      <Below />
    </>
  );
}

/** Shows that frame, else where one was, else the first; once the device answers, where it does not at first. */
function useShown(id: string | undefined): void {
  const role = me.value?.role;
  useEffect(() => {
    let busy = false;
    const begin = async () => {
      if (busy) return;
      busy = true;
      try {
        await learnCategories();
        void fetchRest();
        await enter(id);
      } catch (error) {
        say(error);
      }
      busy = false;
    };
    void begin();
    return on('open', () => {
      if (!sheet.peek() && !empty.peek()) void begin();
    });
  }, [id, role]);
}

function Panel() {
  return (
    <>
      <Conflict />
      <Proposals />
      <Chips />
      <NewCategory />
      <Instructions />
      {!empty.value && <Finish />}
    </>
  );
}

/** Nothing is left: which is true of the device, or but for what waits here to be sent. */
function Nothing() {
  const n = waiting.value.length;
  return (
    <div id="label-empty" class="empty" hidden={!empty.value}>
      <h2>{can('labeller') ? w.nothingLeft : w.nothingYet}</h2>
      <p id="label-empty-text">{can('labeller') ? w.allDone(n) : w.othersShow}</p>
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
