// Experiments as lines over the rounds: the weaker ones fall away.
import type { Training } from '../../api/types';
import { more } from '../../words/more';
import { fell, paths, ranked } from './course';
import { courses } from './state';
import { finds, ofMetrics } from './tell';

const w = more.train;
const [WIDTH, HEIGHT] = [320, 110];

export function Chart({ training }: { training: Training }) {
  const { experiments, epochs, id } = training;
  const lines = courses.value.get(id);
  if (!lines) return null;
  const order = ranked(experiments);
  const [leader] = order;
  const alive = experiments.filter((one) => !fell(one)).length;
  const spoken = w.chart(alive, experiments.length, leader ? finds(w.tells, ofMetrics(leader.metrics)) : '');
  return (
    <figure class="course">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={spoken}>
        {/* The best is drawn last, over the others. */}
        {order.reverse().map((experiment) => {
          const { seen, between } = paths(lines.get(experiment.id) ?? [], epochs, WIDTH, HEIGHT);
          const kind = experiment === leader ? 'lead' : fell(experiment) ? 'out' : '';
          return (
            <g key={experiment.id} class={kind}>
              <path d={seen} />
              <path d={between} class="between" />
            </g>
          );
        })}
      </svg>
      <figcaption aria-hidden="true">
        <span>↑ {w.chartBetter}</span>
        <span>{w.chartRounds(epochs)} →</span>
      </figcaption>
    </figure>
  );
}
