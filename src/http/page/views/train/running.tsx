// The training that runs: how far it is, and its experiments.
import { useState } from 'preact/hooks';
import { can } from '../../api/access';
import { device, ok } from '../../api/client';
import type { Experiment, Training } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { duration, percent, score } from '../../words/format';
import { take } from './state';

const w = words.train;
/** Experiments that are shown at first. */
const FEW = 6;

const weak = ({ state }: Experiment) => state === 'stopped' || state === 'diverged';

/** The best first, those that were given up last. */
function sorted(experiments: Experiment[]): Experiment[] {
  return [...experiments].sort((a, b) => Number(weak(a)) - Number(weak(b)) || b.metrics.ap50 - a.metrics.ap50);
}

function figures(training: Training): string {
  const alive = training.experiments.filter(({ state }) => state === 'training' || state === 'done').length;
  return [
    training.epoch ? w.epoch(training.epoch, training.epochs) : w.states[training.state],
    w.rung(training.rung),
    w.experiments(alive, training.experiments.length),
    duration((Date.now() - new Date(training.created).getTime()) / 1000),
    training.seconds_left && w.left(duration(training.seconds_left)),
    training.device,
  ]
    .filter(Boolean)
    .join(' · ');
}

export function Running({ training }: { training: Training }) {
  const [all, show] = useState(false);
  const path = { id: training.id };
  return (
    <div id="running" class="card">
      <div class="headline">
        <span class="what">{training.activity || w.states[training.state]}</span>
        <span class="num">{w.percent(percent(training.progress))}</span>
      </div>
      <progress max={1} value={training.progress} aria-label={w.progress} />
      <p class="state figures">{figures(training)}</p>
      <ul class="bars" aria-label={w.byAp50}>
        {sorted(training.experiments)
          .slice(0, all ? undefined : FEW)
          .map((experiment) => (
            <Bar key={experiment.id} experiment={experiment} />
          ))}
      </ul>
      <div class="row">
        <a class="button grow" href={`#/trainings/${training.id}`}>
          {w.flipBook}
        </a>
        <button type="button" class="all grow" onClick={() => show(!all)}>
          {all ? w.bestFew(FEW) : w.all(training.experiments.length)}
        </button>
        {can('labeller') && (
          <TaskButton
            class="danger"
            task={async () => {
              await ok(device.DELETE('/api/v1/trainings/{id}', { params: { path } }));
              take(await ok(device.GET('/api/v1/trainings/{id}', { params: { path } })));
            }}
          >
            {words.cancel}
          </TaskButton>
        )}
      </div>
    </div>
  );
}

function Bar({ experiment }: { experiment: Experiment }) {
  const { learning_rate, width } = experiment.hyperparameters;
  const out = weak(experiment);
  const share = Math.max(0, Math.min(1, experiment.metrics.ap50));
  const text = w.tries(Number(learning_rate.toPrecision(2)), width);
  return (
    <li class={out ? 'out' : ''}>
      <span class="bar" style={{ width: `${share * 100}%` }} />
      <span class="what">
        {out ? `${text} · ${w.givenUp(w.experimentStates[experiment.state], experiment.epoch)}` : text}
      </span>
      <span class="num">{score(experiment.metrics.ap50)}</span>
    </li>
  );
}
