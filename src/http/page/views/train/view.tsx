// Training: the button, the run in progress, trainings and models so far.
import { can } from '../../api/access';
import { categories } from '../../api/categories';
import { useNews } from '../../ui/load';
import { more } from '../../words/more';
import { Auto } from './auto';
import { Models } from './models';
import { open, prepare } from './plan';
import { Queue } from './queue';
import { Result } from './result';
import { Running } from './running';
import { Said } from './said';
import { Sheet } from './sheet';
import { ended, labelled, refresh, running } from './state';
import { Trainings } from './trainings';

const w = more.train;
/** Labelled frames that make a first result, and a good one. */
const FIRST = 10;
const GOOD = 50;

export function View() {
  useNews(refresh, ['deployed', 'poll', 'open'], [ended.value]);
  return (
    <>
      <h1 id="train-title" class="quiet" tabIndex={-1}>
        {w.title}
      </h1>
      {running.value && <Running key={running.value.id} training={running.value} />}
      <Queue />
      <Start />
      <Result />
      <Said />
      <Trainings />
      <Models />
      {can('admin') && <Auto />}
      {open.value && <Sheet />}
    </>
  );
}

/** What there is to train on. The device has the last word: its answer to Train is shown as it is. */
function hint(count: number): string {
  if (!categories.value.length) return w.noCategory;
  if (count < FIRST) return w.more(FIRST - count, GOOD);
  return count < GOOD ? w.enough(GOOD) : w.plenty;
}

function Start() {
  const count = labelled.value;
  const busy = Boolean(running.value);
  return (
    <div class="card hero">
      <p class="figure">
        <strong id="ready-count">{count ?? '–'}</strong> <span id="ready-unit">{w.labelledFrames(count ?? 0)}</span>
      </p>
      {count !== null && !busy && (
        <p id="ready-hint" class="hint">
          {hint(count)}
        </p>
      )}
      {can('labeller') && (
        <button type="button" class={busy ? 'huge' : 'primary huge'} id="start" onClick={prepare}>
          {busy ? w.startAfter : w.start}
        </button>
      )}
    </div>
  );
}
