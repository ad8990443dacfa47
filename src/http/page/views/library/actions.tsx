// What can be done with the frames that are chosen.
import { can } from '../../api/access';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { offerUndo, undo } from '../../ui/undo';
import { more } from '../../words/more';
import { type Action, act, chooseAll, chosen, takeAlong } from './selected';
import { shelf } from './shelf';

const w = more.library;
const LABELLER: Action[] = ['unlabel', 'labelled', 'reviewed', 'final'];

async function run(action: Action): Promise<void> {
  const { done, failed, detail, undo: ids } = await act(action);
  if (failed) say(w.failed(failed, detail));
  else if (!ids.length && done) say(w.alike(done), 'info');
  if (done && ids.length)
    offerUndo(w.done[action](done), async () => {
      await undo(ids);
      shelf.restart();
    });
}

export function Actions() {
  const n = chosen.value;
  return (
    <div class="action-bar" id="library-actions">
      <div class="row between">
        <span aria-live="polite">{w.chosen(n)}</span>
        <button type="button" onClick={chooseAll}>
          {w.all}
        </button>
      </div>
      <div class="chips scroll">
        {LABELLER.map((action) => (
          <TaskButton key={action} id={`act-${action}`} class="chip" disabled={!n} task={() => run(action)}>
            {w.actions[action]}
          </TaskButton>
        ))}
        {can('admin') && (
          <TaskButton id="act-export" class="chip" disabled={!n} task={takeAlong}>
            {w.export}
          </TaskButton>
        )}
        {can('admin') && (
          <TaskButton id="act-delete" class="chip danger" disabled={!n} task={() => run('delete')}>
            {w.actions.delete}
          </TaskButton>
        )}
      </div>
    </div>
  );
}
