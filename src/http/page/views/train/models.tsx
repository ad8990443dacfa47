// Models so far: which is live, and how another one gets there.
import { computed } from '@preact/signals';
import { can } from '../../api/access';
import { device, HOME, ok } from '../../api/client';
import type { Model } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { decimal, when } from '../../words/format';
import { more } from '../../words/more';
import { Remove } from './remove';
import { live, models, refresh, trainings } from './state';
import { goodOf, told } from './tell';

const w = more.train;

/** Whether a model was live before the one that is: the device does not say, but an older one that went live was. */
const before = computed(() => {
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
              await ok(device.POST('/api/v1/models/rollback'));
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
    await ok(device.POST('/api/v1/models/{id}/deploy', { params: { path: { id: model.id } } }));
    await refresh();
  };
  const remove = () => ok(device.DELETE('/api/v1/models/{id}', { params: { path: { id: model.id } } }));
  return (
    <li>
      <span class="main">
        {when(model.created)}
        {model.deployed && <span class="badge good">{w.live}</span>}
        <small>{told(w.tells, goodOf(model, trainings.value))}</small>
        <small>{w.megabytes(decimal(model.bytes / 1e6, 1))}</small>
      </span>
      {can('admin') && (
        <span class="deeds">
          <a class="button" href={`${HOME}api/v1/models/${model.id}/model.onnx`} download="" aria-label={w.download}>
            ONNX
          </a>
          {!model.deployed && <TaskButton task={deploy}>{w.deploy}</TaskButton>}
          {!model.deployed && <Remove made={model.created} gone={w.modelGone} remove={remove} />}
        </span>
      )}
    </li>
  );
}
