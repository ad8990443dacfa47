// Trainings so far.
import type { Training } from '../../api/types';
import { words } from '../../words';
import { score, when } from '../../words/format';
import { best, over, trainings } from './state';

const w = words.train;

export function Trainings() {
  const all = trainings.value;
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

function Row({ training }: { training: Training }) {
  const { split, state } = training;
  const text = training.error ?? training.verdict ?? (over(training) ? '' : training.activity);
  return (
    <li>
      <a href={`#/trainings/${training.id}`}>
        <span class="main">
          {when(training.created)}
          {split.training > 0 && <small>{w.size(split.training, split.validation, training.epoch)}</small>}
          {text && <small>{text}</small>}
        </span>
        <span class="side">
          <span class={BADGES[state] ?? 'badge'}>{w.states[state]}</span>
          {training.epoch > 0 && <span class="num">{w.ap50(score(best(training)))}</span>}
        </span>
      </a>
    </li>
  );
}
