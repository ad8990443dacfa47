// How a device is, line by line; what it did not say is not there.
import type { ComponentChildren } from 'preact';
import { bytes, when } from '../../words/format';
import type { Device } from '../api/contract';
import { heat, joined, progress, quality } from '../devices/told';
import { fleet as w } from '../words';

export function Facts({ device }: { device: Device }) {
  const { model, training, disk, cameras, frames, labelled, waiting, version } = device;
  return (
    <ul id="facts" class="rows">
      {training && (
        <Fact name={w.training}>
          {progress(training)}
          <progress value={training.progress} max={1} aria-label={w.training} />
          <small>{training.phase}</small>
        </Fact>
      )}
      {device.last_seen && (
        <Fact name={w.model}>
          {model ? joined([quality(device), model.finds.join(', ')]) : w.noModel}
          {model && <small>{w.trained(when(model.trained_at))}</small>}
        </Fact>
      )}
      {cameras.length > 0 && (
        <Fact name={w.cameras(cameras.length)}>
          {cameras
            .map(({ id, state }) => `${id}: ${w.cameraStates[state as keyof typeof w.cameraStates] ?? state}`)
            .join(', ')}
        </Fact>
      )}
      {frames != null && (
        <Fact name={w.frames}>
          {joined([
            frames.toLocaleString(),
            labelled != null && w.labelled(labelled),
            waiting != null && w.waiting(waiting),
          ])}
        </Fact>
      )}
      {disk && (
        <Fact name={w.disk}>
          {w.diskOf(bytes(disk.free), bytes(disk.total))}
          <meter value={disk.total - disk.free} max={disk.total} aria-label={w.disk} />
        </Fact>
      )}
      {device.temperature != null && <Fact name={w.temperature}>{heat(device)}</Fact>}
      {version && <Fact name={w.version}>{version}</Fact>}
      {!device.last_seen && <li class="empty-row">{w.saidNothing}</li>}
    </ul>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <li>
      <span class="main">
        <small>{name}</small>
        {children}
      </span>
    </li>
  );
}
