// What came of the last training: what its model finds and gets wrong, beside the one before, and what to do.
import { can } from '../../api/access';
import { colourOf } from '../../api/categories';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';
import type { Training } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { coloured } from '../../ui/colour';
import { score, when } from '../../words/format';
import { more } from '../../words/more';
import { at, isLiveAt } from './place';
import { Quoted } from './quoted';
import { last, models, refresh } from './state';
import { errs, finds } from './tell';

const w = more.train;
type Outcome = components['schemas']['Outcome'];
type Judged = components['schemas']['Judged'];

export function Result() {
  const training = last.value;
  if (!training) return null;
  const { outcome, error, verdict } = training;
  if (outcome) return <Told training={training} outcome={outcome} />;
  const text = error ?? verdict;
  if (!text) return null;
  return (
    <div id="outcome" class="card">
      <h2>{error ? w.failedTitle : when(training.created)}</h2>
      <p>
        <Quoted text={text} />
      </p>
    </div>
  );
}

function Told({ training, outcome }: { training: Training; outcome: Outcome }) {
  const tested = w.tested(training.split.validation);
  return (
    <div id="outcome" class={`card ${outcome.live ? 'good' : 'kept'}`}>
      <h2>
        {w.outcome[outcome.why]}
        {training.camera && ` · ${training.camera}`}
      </h2>
      {outcome.live ? (
        <>
          <p class="big">
            <span>{finds(w.tells, outcome)};</span> <span>{errs(w.tells, outcome)}</span>
          </p>
          <p class="state">{tested}</p>
        </>
      ) : (
        <p>
          <Quoted text={outcome.text} />
        </p>
      )}
      <Beside now={outcome} before={outcome.before ?? null} />
      <div class="row">
        {outcome.live ? (
          <a class="button grow" href="#/camera">
            {w.toCamera}
          </a>
        ) : (
          <a class="button grow" href="#/label">
            {w.toLabel}
          </a>
        )}
        <a class="button grow" href={`#/trainings/${training.id}`}>
          {w.flipBook}
        </a>
        {!outcome.live && <AllTheSame training={training} />}
      </div>
    </div>
  );
}

/** Per category what is found, and how many boxes are wrong; beside it the model before, on the same frames. */
function Beside({ now, before }: { now: Judged; before: Judged | null }) {
  const cell = (found: number, objects: number, wrong: number, ap50: number | null | undefined) => (
    <td title={typeof ap50 === 'number' ? `AP50 ${score(ap50)}` : undefined}>
      {w.ofCount(found, objects)}
      <small>{w.wrongBoxes(wrong)}</small>
    </td>
  );
  return (
    <table class="beside">
      <caption class="unseen">{w.perCategory}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">{w.category}</span>
          </th>
          <th scope="col">{w.now}</th>
          {before && <th scope="col">{w.before}</th>}
        </tr>
      </thead>
      <tbody>
        {now.categories.map(({ name, found, objects, wrong, ap50 }) => {
          const old = before?.categories.find((one) => one.name === name);
          return (
            <tr key={name}>
              <th scope="row">
                <i ref={coloured(colourOf(name))} />
                {name}
              </th>
              {cell(found, objects, wrong, ap50)}
              {old && cell(old.found, old.objects, old.wrong, old.ap50)}
              {before && !old && <td>–</td>}
            </tr>
          );
        })}
        {before && (
          <tr>
            <th scope="row">{w.everything}</th>
            {cell(now.found, now.of, now.wrong, null)}
            {cell(before.found, before.of, before.wrong, null)}
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** An admin may know better than the floor. */
function AllTheSame({ training }: { training: Training }) {
  const model = models.value?.find(({ id }) => id === training.winner);
  if (!model || isLiveAt(model, training.camera) || !can('admin')) return null;
  const params = { path: { id: model.id }, query: at(training.camera) };
  return (
    <TaskButton
      class="grow"
      task={async () => {
        await ok(device.POST('/api/v1/models/{id}/deploy', { params }));
        await refresh();
      }}
    >
      {w.allTheSame}
    </TaskButton>
  );
}
