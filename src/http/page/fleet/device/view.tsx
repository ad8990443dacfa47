// One device: what is wrong and what to do, how it is, the way to its own page, how it is called here.
import { can } from '../../api/access';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { tick } from '../api/clock';
import type { Alarm } from '../api/contract';
import { devices } from '../api/fleet';
import { Items } from '../history/items';
import { ago, heard } from '../ui/ago';
import { Shot } from '../ui/shot';
import { State } from '../ui/state';
import { fleet as w } from '../words';
import { Facts } from './facts';
import { Forget } from './forget';
import { Named } from './named';
import { Reached } from './reached';

export function View({ id }: { id: string }) {
  const device = devices.value?.get(id);
  if (!device) return devices.value && <Gone id={id} />;
  tick.value;
  const { name, alarms, unread, picture_at: taken } = device;
  return (
    <>
      <div class="row between">
        <h1 id="devices-title" class="device-name" tabIndex={-1}>
          {name}
          {name !== id && <small class="muted">{id}</small>}
        </h1>
        <span class="how">
          <State device={device} />
          <small class="state">{heard(device.last_seen)}</small>
        </span>
      </div>
      <div class="split">
        <div>
          <Alarms alarms={alarms} />
          <div class={`picture ${taken ? '' : 'none'}`} id="picture">
            <Shot device={device} alt={taken ? w.pictureAlt(name) : ''} />
            {!taken && <p class="note">{w.noPicture}</p>}
          </div>
          {taken && <p class="hint">{w.pictureOf(ago(taken))}</p>}
          <Reached device={device} />
          {unread && (
            <p class="card notice">
              {w.unread}: {ofDevice(unread)}
            </p>
          )}
        </div>
        <div>
          <h2>{w.how}</h2>
          <Facts device={device} />
          {can('admin') && <Named device={device} />}
          <h2>{w.tabs.history}</h2>
          <Items asked={{ device: id, limit: 10 }} named={false} />
          <div class="row">
            <a class="button grow" href={`#/history?device=${encodeURIComponent(id)}`}>
              {w.allHistory}
            </a>
          </div>
          {can('admin') && <Forget device={device} />}
        </div>
      </div>
    </>
  );
}

function Alarms({ alarms }: { alarms: Alarm[] }) {
  return (
    <ul id="alarms" class="alarms">
      {alarms.map((alarm) => (
        <li key={`${alarm.kind} ${alarm.about}`} class="card" data-alarm={alarm.kind}>
          <b>
            {w.alarms[alarm.kind] ?? alarm.kind}
            {alarm.about && `: ${alarm.about}`}
          </b>
          <p>{ofDevice(alarm.words)}</p>
          {w.advice[alarm.kind] && <p>{w.advice[alarm.kind]}</p>}
          <small class="state">{w.since(when(alarm.since))}</small>
        </li>
      ))}
    </ul>
  );
}

function Gone({ id }: { id: string }) {
  return (
    <div class="empty">
      <h1 id="devices-title" tabIndex={-1}>
        {w.notThere(id)}
      </h1>
      <p>{w.notThereWhy}</p>
      <div class="row centre">
        <a class="button" href="#/devices">
          {w.title}
        </a>
      </div>
    </div>
  );
}
