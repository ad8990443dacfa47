// A row of the list: a device, or the head of a group. All are as high, so that the list may be as long as it likes.

import { tick } from '../api/clock';
import type { Device } from '../api/contract';
import { heard } from '../ui/ago';
import { Shot } from '../ui/shot';
import { State } from '../ui/state';
import { fleet as w } from '../words';
import { chosen, toggle } from './chosen';
import { counts } from './filter';
import { alarm, disk, heat, joined, progress, quality, unreached } from './told';

export function Head({ name, devices }: { name: string; devices: Device[] }) {
  const { wrong, online } = counts(devices);
  return (
    <li class="unit head">
      <h2>
        {name || w.noGroup} <span class="muted">{w.devices(devices.length)}</span>
      </h2>
      <p class="state">{joined([w.counts.online(online), wrong > 0 && w.counts.wrong(wrong)])}</p>
    </li>
  );
}

export function DeviceRow({ device }: { device: Device }) {
  const { id, name, groups, alarms, training, model } = device;
  tick.value;
  const trouble = alarm(device);
  const choosing = chosen.value;
  return (
    <li class={`unit ${alarms.length ? 'bad' : ''}`} data-device={id}>
      {choosing && (
        <label class="choose">
          <input type="checkbox" checked={choosing.has(id)} onChange={() => toggle(id)} />
          <span class="unseen">{w.chooseNamed(name)}</span>
        </label>
      )}
      <a href={`#/devices/${encodeURIComponent(id)}`}>
        <Shot device={device} />
        <span class="who">
          <b>{name}</b>
          <small>{joined([name !== id && id, ...groups])}</small>
        </span>
        <span class="how">
          <State device={device} />
          <small>{heard(device.last_seen)}</small>
        </span>
        {trouble ? (
          <span class={`what ${alarms.length ? 'danger' : ''}`}>{trouble}</span>
        ) : training ? (
          <span class="what">
            {progress(training)}
            <progress value={training.progress} max={1} aria-label={w.training} />
          </span>
        ) : (
          <span class="what">
            {model ? joined([quality(device), model.finds.join(', ')]) : device.last_seen && w.noModel}
          </span>
        )}
        <span class="figures">{joined([disk(device), heat(device), device.version])}</span>
        <span class="reach">{unreached(device)}</span>
      </a>
    </li>
  );
}
