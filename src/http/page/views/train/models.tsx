// Models so far: which is live, and how another one gets there.
import { can } from '../../api/access';
import { device, HOME, ok } from '../../api/client';
import type { Model } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { score, when } from '../../words/format';
import { models, refresh } from './state';

const w = words.train;

export function Models() {
  const all = models.value;
  const back = can('admin') && (all?.length ?? 0) > 1 && all?.some((model) => model.deployed);
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
  return (
    <li>
      <span class="main">
        {w.ap50(score(model.metrics.ap50))}
        <small>{[when(model.created), model.base, w.megabytes((model.bytes / 1e6).toFixed(1))].join(' · ')}</small>
      </span>
      {can('admin') && (
        <a class="button" href={`${HOME}api/v1/models/${model.id}/model.onnx`} download="" aria-label={w.download}>
          ONNX
        </a>
      )}
      {model.deployed && <span class="badge good">{w.live}</span>}
      {!model.deployed && can('admin') && <TaskButton task={deploy}>{w.deploy}</TaskButton>}
    </li>
  );
}
