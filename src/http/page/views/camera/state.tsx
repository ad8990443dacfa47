// How the camera, the model and the store are, in words.
import { words } from '../../words';
import { bytes, decimal, isolated, when } from '../../words/format';
import { more } from '../../words/more';
import { finds, goodOf } from '../train/tell';
import { camera } from './chosen';
import { kept, status, trouble } from './status';
import { deployed, isOwn, maker, wrong } from './watching';

const w = more.camera;
const joined = (parts: (string | null | undefined | false)[]) => parts.filter(Boolean).join(' · ');

function cameraLine(): string {
  if (trouble.value) return trouble.value;
  const now = camera.value;
  if (!now) return '';
  return joined([
    now.error ?? w.states[now.state],
    now.source,
    now.width > 0 && `${now.width} × ${now.height}`,
    now.fps > 0 && w.fps(decimal(now.fps, now.fps < 10 ? 1 : 0)),
  ]);
}

export function CameraLine() {
  return (
    <p id="camera-state" class="state">
      {cameraLine()}
    </p>
  );
}

export function Watching() {
  return (
    <div id="deployed" class="card">
      <WatchingText />
    </div>
  );
}

function WatchingText() {
  const model = deployed.value;
  const live = status.value?.live;
  if (model === undefined) return null;
  if (model === null && wrong.value) return <p class="state danger">{wrong}</p>;
  if (model === null && kept.value)
    return (
      <>
        <p class="state">{w.keptModel}</p>
        <a class="button" href="#/train">
          {words.tabs.train}
        </a>
      </>
    );
  if (model === null) return <p class="state">{w.noModel}</p>;
  return (
    <>
      <div class="headline">
        <span>{model.categories.map(({ name }) => isolated(name)).join(', ')}</span>
        <span class="num">{finds(more.train.tells, goodOf(model, maker.value ? [maker.value] : null))}</span>
      </div>
      <p class="state">
        {joined([
          w.trained(when(model.created)),
          model.base,
          isOwn.value && w.ownModel,
          live && live.milliseconds > 0 && w.milliseconds(Math.round(live.milliseconds)),
        ])}
      </p>
      {wrong.value && <p class="state danger">{wrong}</p>}
    </>
  );
}

export function Storage() {
  const store = status.value?.store;
  return (
    <div class="card">
      <meter
        id="store-meter"
        min={0}
        max={1}
        aria-label={w.spaceUsed}
        value={store?.budget ? store.frame_bytes / store.budget : 0}
      />
      <p id="store-state" class="state">
        {store &&
          joined([
            store.full && w.full,
            words.frames(store.frames),
            w.labelled(store.labelled),
            w.ofRoom(bytes(store.frame_bytes), bytes(store.budget)),
          ])}
      </p>
    </div>
  );
}
