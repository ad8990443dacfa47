// How the device is, in words: what is wrong first.
import { signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import type { CameraReport, Status } from '../../api/types';
import { useNews } from '../../ui/load';
import { ofDevice } from '../../words/device';
import { bytes, decimal, lasting, when } from '../../words/format';
import { more } from '../../words/more';

const w = more.status;

/** As last heard. */
export const status = signal<Status | null>(null);

interface Line {
  what: string;
  text: string;
  rest?: string;
  bad?: boolean;
}

function camera(camera: CameraReport, several: boolean): Line {
  const seen = camera.width ? w.seen(camera.width, camera.height, camera.fps) : camera.source;
  return {
    what: several ? more.camera.zones.camera(camera.id) : w.camera,
    text: w.cameraStates[camera.state],
    rest: camera.error ?? seen,
    bad: camera.state === 'lost' || camera.state === 'full',
  };
}

function live({ live, model }: Status): Line {
  if (!model) return { what: w.model, text: w.noModel };
  return {
    what: w.model,
    text: model.categories.join(', '),
    rest: live.error ?? w.pace(live.fps, live.milliseconds),
    bad: Boolean(live.error),
  };
}

function training({ training }: Status): Line {
  if (!training) return { what: w.training, text: w.none };
  const left = training.time_left_s;
  return { what: w.training, text: ofDevice(training.activity), ...(left && { rest: w.left(lasting(left)) }) };
}

function broker({ mqtt }: Status): Line {
  if (mqtt.state === 'off') return { what: w.broker, text: w.brokerStates.off };
  const { waiting, bytes: size, dropped } = mqtt.outbox;
  const queue = [waiting ? w.waiting(waiting, bytes(size)) : '', dropped ? w.dropped(dropped) : ''];
  return {
    what: w.broker,
    text: `${w.brokerStates[mqtt.state]} · ${w.since(when(mqtt.since))}`,
    rest: [mqtt.broker, ...queue, ...mqtt.notes].filter(Boolean).join(' · '),
    bad: mqtt.state !== 'connected',
  };
}

function machine({ temperatures, memory, load, runtime }: Status): Line[] {
  const hottest = [...temperatures].sort((a, b) => b.celsius - a.celsius)[0];
  const share = memory.total ? 1 - memory.available / memory.total : 0;
  return [
    ...(hottest ? [{ what: w.temperature, text: w.celsius(hottest.celsius), rest: hottest.zone }] : []),
    { what: w.memory, text: w.memoryUse(share, bytes(memory.process)), bad: share > 0.95 },
    { what: w.load, text: load.map((value) => decimal(value, 1)).join(' · ') },
    { what: w.computes, text: runtime.device || '–', ...(runtime.note && { rest: runtime.note }) },
  ];
}

/** Parts of the daemon that do not run. */
function broken({ parts }: Status): Line[] {
  return Object.entries(parts)
    .filter(([, part]) => !['running', 'off'].includes(part.state))
    .map(([name, part]) => ({
      what: w.part(name),
      text: w.partStates[part.state],
      bad: true,
      ...(part.error && { rest: part.error }),
    }));
}

function versions({ versions, uptime_s, boot }: Status): Line {
  return {
    what: w.version,
    text: versions.fieldcoach,
    rest: [
      `ONNX Runtime ${versions.onnxruntime}`,
      versions.linux && `Linux ${versions.linux}`,
      w.up(lasting(uptime_s), boot),
    ]
      .filter(Boolean)
      .join(' · '),
  };
}

export function StatusList() {
  useNews(async () => {
    status.value = await ok(device.GET('/api/v1/status'));
  }, ['poll', 'open', 'training', 'deployed', 'fleet']);
  const now = status.value;
  if (!now) return null;
  const cameras = now.cameras.map((one) => camera(one, now.cameras.length > 1));
  const lines = [...cameras, live(now), training(now), broker(now), ...machine(now), versions(now)];
  const sorted = [...broken(now), ...lines.filter((line) => line.bad), ...lines.filter((line) => !line.bad)];
  return (
    <ul class="rows" id="status">
      {sorted.map(({ what, text, rest, bad }) => (
        <li key={what} class={bad ? 'bad' : ''}>
          <span class="main">
            <small>{what}</small>
            {text}
            {rest && <small>{rest}</small>}
          </span>
        </li>
      ))}
    </ul>
  );
}
