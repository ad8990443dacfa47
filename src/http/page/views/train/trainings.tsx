// Trainings so far.
import { can } from '../../api/access';
import { device, ok } from '../../api/client';
import type { Training } from '../../api/types';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { over } from './course';
import { Remove } from './remove';
import { doing } from './running';
import { queue, trainings } from './state';
import { told } from './tell';

const w = more.train;

export function Trainings() {
  // Those that wait stand above, where they can be cancelled.
  const all = trainings.value?.filter((training) => !queue.value.includes(training));
  return (
    <>
      <h2>{w.trainings}</h2>
      <ul id="trainings" class="rows">
        {all?.map((training) => (
          <Row key={training.id} training={training} />
        ))}
        {all?.length === 0 && <li class="empty-row">{w.noTraining}</li>}
      </ul>
    </>
  );
}

const BADGES: Partial<Record<Training['state'], string>> = { failed: 'badge bad', done: 'badge good' };

/** What came of it, in a line. */
function came(training: Training): string {
  if (training.error) return ofDevice(training.error);
  if (training.outcome) return told(w.tells, training.outcome);
  if (!over(training)) return doing(training);
  return training.state === 'done' ? ofDevice(training.verdict ?? '') : '';
}

function Row({ training }: { training: Training }) {
  const { split, state, auto, camera } = training;
  const text = came(training);
  const params = { path: { id: training.id }, query: { purge: true } };
  const remove = async () => {
    const answer = await ok(device.DELETE('/api/v1/trainings/{id}', { params }));
    return 'undo' in answer ? answer : null;
  };
  return (
    <li>
      <a href={`#/trainings/${training.id}`}>
        <span class="main">
          {when(training.created)}
          {text && <small>{text}</small>}
          {split.training > 0 && (
            <small>
              {w.size(split.training, split.validation, training.epoch)}
              {auto && ` · ${w.byItself}`}
              {camera && ` · ${camera}`}
            </small>
          )}
        </span>
        <span class={BADGES[state] ?? 'badge'}>{w.states[state]}</span>
      </a>
      {can('admin') && over(training) && <Remove made={training.created} gone={w.trainingGone} remove={remove} />}
    </li>
  );
}
