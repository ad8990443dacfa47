// The training that runs: how far it is, how long yet, and its experiments.
import { useEffect, useState } from 'preact/hooks';
import { can } from '../../api/access';
import type { Experiment, Training } from '../../api/types';
import { ofDevice, ofDeviceEach } from '../../words/device';
import { duration, percent, score } from '../../words/format';
import { more } from '../../words/more';
import { Cancel } from './cancel';
import { Chart } from './chart';
import { fell, ranked, secondsLeft } from './course';
import { best, heardAt } from './state';
import { finds, ofMetrics } from './tell';

const w = more.train;
/** Experiments that are shown at first. */
const FEW = 3;

/** What a training does now, in the page's words where it has them. */
export function doing({ doing: now, activity, state }: Training): string {
  if (typeof now === 'string') return w.doing[now];
  if (now && 'epoch' in now) return w.practises(now.epoch.experiments);
  if (now && 'cooling' in now) return w.cooling(now.cooling.celsius.toFixed(0), now.cooling.limit.toFixed(0));
  return ofDevice(activity) || w.states[state];
}

function figures(training: Training): string {
  const { experiments, epoch, epochs, skipped = 0, camera } = training;
  const alive = experiments.filter((one) => !fell(one)).length;
  return [
    camera,
    epoch > 0 && w.round(epoch, epochs),
    experiments.length > 1 && w.stillIn(alive, experiments.length),
    skipped > 0 && w.skipped(skipped),
    ofDevice(training.note ?? ''),
  ]
    .filter(Boolean)
    .join(' · ');
}

export function Running({ training }: { training: Training }) {
  const waits = training.state === 'queued';
  return (
    <div id="running" class="card">
      <div class="headline">
        <span class="what">{doing(training)}</span>
        {!waits && <span class="num">{w.percent(percent(training.progress))}</span>}
      </div>
      {!waits && <progress max={1} value={training.progress} aria-label={w.progress} />}
      <div class="headline quiet">
        <p class="state figures">{figures(training)}</p>
        <Countdown training={training} />
      </div>
      {training.epoch > 0 && <Experiments training={training} />}
      <div class="row">
        <a class="button grow" href={`#/trainings/${training.id}`}>
          {w.flipBook}
        </a>
        {can('labeller') && <Cancel training={training} />}
      </div>
      {training.epoch > 0 && <Terms training={training} />}
    </div>
  );
}

/** Seconds left, which run on between what the device says. */
function Countdown({ training: { id, seconds_left: told } }: { training: Training }) {
  const [now, tick] = useState(performance.now());
  const counts = typeof told === 'number';
  useEffect(() => {
    if (!counts) return;
    const timer = setInterval(() => tick(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, [counts]);
  if (!counts) return null;
  const at = heardAt.value.get(id) ?? now;
  const left = Math.round(secondsLeft(told, at, Math.max(now, at)));
  return (
    <p class="num" id="countdown" role="timer">
      {left > 0 ? w.left(duration(left)) : w.nearly}
    </p>
  );
}

function Experiments({ training }: { training: Training }) {
  const [all, show] = useState(false);
  const { experiments } = training;
  return (
    <>
      <Chart training={training} />
      <ul class="bars" aria-label={w.byGood}>
        {ranked(experiments)
          .slice(0, all ? undefined : FEW)
          .map((experiment) => (
            <Bar key={experiment.id} experiment={experiment} />
          ))}
      </ul>
      {experiments.length > FEW && (
        <button type="button" class="all full" aria-expanded={all} onClick={() => show(!all)}>
          {all ? w.bestFew(FEW) : w.all(experiments.length)}
        </button>
      )}
    </>
  );
}

function Bar({ experiment }: { experiment: Experiment }) {
  const out = fell(experiment);
  const share = Math.max(0, Math.min(1, experiment.metrics.ap50));
  return (
    <li class={out ? 'out' : ''}>
      <span class="bar" style={{ width: `${share * 100}%` }} />
      <span class="what">
        {ofDeviceEach(experiment.words ?? '')}
        <small>{out ? w.fell(experiment.epoch) : finds(w.tells, ofMetrics(experiment.metrics))}</small>
      </span>
    </li>
  );
}

/** The words that are used above, and the figures behind them. */
function Terms({ training }: { training: Training }) {
  return (
    <details class="terms">
      <summary>{w.whatIs}</summary>
      <dl>
        {w.terms.map(([term, meaning]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="state figures">{w.figures(score(best(training)), training.device, training.base)}</p>
    </details>
  );
}
