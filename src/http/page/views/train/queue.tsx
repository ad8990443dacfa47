// Trainings that wait behind the one that runs.
import { can } from '../../api/access';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { Cancel } from './cancel';
import { queue } from './state';

const w = more.train;

export function Queue() {
  if (!queue.value.length) return null;
  return (
    <>
      <h2>{w.queue}</h2>
      <ul id="queue" class="rows">
        {queue.value.map((training) => (
          <li key={training.id}>
            <span class="main">
              {w.asked(when(training.created))}
              <small>
                {[training.minutes && w.lasts(training.minutes), training.auto && w.byItself]
                  .filter(Boolean)
                  .join(' · ')}
              </small>
            </span>
            {can('labeller') && <Cancel training={training} />}
          </li>
        ))}
      </ul>
    </>
  );
}
