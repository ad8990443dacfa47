// Models so far: which is live, and how another one gets there.
import { computed } from '@preact/signals';
import { can } from '../../api/access';
import { device, HOME, ok } from '../../api/client';
import type { Model } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { decimal, when } from '../../words/format';
import { more } from '../../words/more';
import { at, isLiveAt, ModelPlaces, place, whereLive } from './place';
import { Remove } from './remove';
import { live, models, refresh, trainings } from './state';
import { goodOf, told } from './tell';

const w = more.train;

/** Whether a model was live there before the one that is: the device does not say, but an older one that went live was.
 * Before a camera's own there was another, or the one for all. */
const before = computed(() => {
  if (place.value) return models.value?.some((model) => isLiveAt(model, place.value));
  const now = live.value;
  const wasLive = ({ id }: Model) => trainings.value?.some(({ winner, outcome }) => winner === id && outcome?.live);
  return now && models.value?.some((model) => model.id !== now.id && model.created < now.created && wasLive(model));
});

export function Models() {
  const all = models.value;
  const back = can('admin') && before.value;
  return (
    <>
      <h2>{w.models}</h2>
      {can('admin') && <ModelPlaces />}
      <ul id="models" class="rows">
        {all?.map((model) => (
          <Row key={model.id} model={model} />
        ))}
        {all?.length === 0 && <li class="empty-row">{w.noModel}</li>}
      </ul>
      {back && (
        <div class="row">
          <TaskButton
            id="rollback"
            task={async () => {
              await ok(device.POST('/api/v1/models/rollback', { params: { query: at(place.peek()) } }));
              await refresh();
            }}
          >
            {w.rollback}
          </TaskButton>
        </div>
      )}
    </>
  );
}

function Row({ model }: { model: Model }) {
  const deploy = async () => {
    await ok(
      device.POST('/api/v1/models/{id}/deploy', { params: { path: { id: model.id }, query: at(place.peek()) } }),
    );
    await refresh();
  };
  const remove = () => ok(device.DELETE('/api/v1/models/{id}', { params: { path: { id: model.id } } }));
  return (
    <li>
      <span class="main">
        {when(model.created)}
        {whereLive(model).map((where) => (
          <span class="badge good" key={where}>
            {where}
          </span>
        ))}
        <small>{told(w.tells, goodOf(model, trainings.value))}</small>
        <small>{w.megabytes(decimal(model.bytes / 1e6, 1))}</small>
      </span>
      {can('admin') && (
        <span class="deeds">
          <a class="button" href={`${HOME}api/v1/models/${model.id}/model.onnx`} download="" aria-label={w.download}>
            ONNX
          </a>
          {!isLiveAt(model, place.value) && <TaskButton task={deploy}>{w.deploy}</TaskButton>}
          {whereLive(model).length === 0 && <Remove made={model.created} gone={w.modelGone} remove={remove} />}
        </span>
      )}
    </li>
  );
}
