// A command to one device or many: first to a few, then to the others if it went well there.
import { useState } from 'preact/hooks';
import { can } from '../../api/access';
import { ok } from '../../api/client';
import { TaskButton } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { server } from '../api/client';
import { COMMANDS, type Command, type Device } from '../api/contract';
import { devices } from '../api/fleet';
import { chosen, chosenNow } from '../devices/chosen';
import { route } from '../shell/route';
import { fleet as w } from '../words';
import { bodyOf, LABELLERS, type Typed } from './body';

/** Names that are shown; of more there is a number. */
const FEW = 12;

/** Those that the address names, else those that were chosen. */
function meant(asked: URLSearchParams): string[] {
  const named = asked.get('devices')?.split(',').filter(Boolean);
  return named ?? chosenNow.value;
}

export function NewOrder() {
  const { asked } = route.value;
  const [left, leave] = useState<readonly string[]>([]); // taken out again
  const may = COMMANDS.filter((command) => can(LABELLERS.includes(command) ? 'labeller' : 'admin'));
  const first = may.find((command) => command === asked.get('command')) ?? may[0] ?? 'capture';
  const [typed, type] = useState<Typed>({ command: first, model: '', setting: '', value: '' });
  const [how, setHow] = useState({ canary: 1, failures: 1, minutes: 10 });
  const ids = meant(asked).filter((id) => !left.includes(id));
  const found = ids.map((id) => devices.value?.get(id)).filter((device): device is Device => Boolean(device));
  const body = bodyOf(typed, found);
  const offline = found.filter(({ state }) => state !== 'online').length;
  const go = async () => {
    if (typeof body === 'string') throw new Error(w.lacks[body]);
    const order = {
      devices: ids,
      command: typed.command,
      body,
      canary: Math.min(how.canary, ids.length),
      stop_after_failures: how.failures,
      expires_s: how.minutes * 60,
    };
    const { id } = await ok(server.POST('/api/v1/orders', { body: order }));
    chosen.value = null;
    location.replace(`#/orders/${id}`);
  };
  return (
    <div class="narrow-view">
      <h1 id="orders-title" tabIndex={-1}>
        {w.newOrder}
      </h1>
      <form id="order-form" class="card" onSubmit={(event) => event.preventDefault()}>
        <To ids={ids} leave={(id) => leave([...left, id])} />
        {offline > 0 && <p class="card notice">{w.someOffline(offline, how.minutes)}</p>}
        <fieldset>
          <legend>{w.command}</legend>
          {may.map((command) => (
            <label class="choice" key={command}>
              <input
                type="radio"
                name="command"
                value={command}
                checked={command === typed.command}
                onChange={() => type({ ...typed, command })}
              />
              <span>
                <b>{w.commands[command]}</b>
                <small>{w.commandWhat[command]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <With typed={typed} type={type} />
        {ids.length > 1 && (
          <Count
            id="canary"
            label={w.canary}
            value={how.canary}
            set={(canary) => setHow({ ...how, canary })}
            least={0}
          />
        )}
        {ids.length > 1 && (
          <Count
            id="failures"
            label={w.stopAfter}
            value={how.failures}
            set={(failures) => setHow({ ...how, failures })}
          />
        )}
        <Count id="minutes" label={w.expires} value={how.minutes} set={(minutes) => setHow({ ...how, minutes })} />
        <div class="row">
          <TaskButton id="order-go" class="primary huge" disabled={!ids.length} task={go}>
            {w.send(w.commands[typed.command as Command], ids.length)}
          </TaskButton>
        </div>
      </form>
    </div>
  );
}

function To({ ids, leave }: { ids: string[]; leave: (id: string) => void }) {
  if (!ids.length) {
    return (
      <p class="state">
        {w.nobodyChosen} <a href="#/devices">{w.title}</a>
      </p>
    );
  }
  return (
    <>
      <p class="state">{w.to(ids.length)}</p>
      <div class="chips" id="order-to">
        {ids.slice(0, FEW).map((id) => {
          const name = devices.value?.get(id)?.name ?? id;
          return (
            <button type="button" class="chip" key={id} aria-label={w.without(name)} onClick={() => leave(id)}>
              {name} <Icon name="close" />
            </button>
          );
        })}
        {ids.length > FEW && <span class="chip">{w.andOthers(ids.length - FEW)}</span>}
      </div>
    </>
  );
}

/** What a command needs beside its name. */
function With({ typed, type }: { typed: Typed; type: (typed: Typed) => void }) {
  const field = (key: 'model' | 'setting' | 'value', label: string, hint: string, list?: string) => (
    <label>
      {label}
      <input
        id={`with-${key}`}
        autocomplete="off"
        spellcheck={false}
        placeholder={hint}
        list={list}
        value={typed[key]}
        onInput={({ currentTarget: { value } }) => type({ ...typed, [key]: value })}
      />
    </label>
  );
  if (typed.command === 'deploy') return field('model', w.modelId, '01980000-0000-7000-8000-000000000000');
  if (typed.command !== 'set') return null;
  return (
    <>
      {field('setting', w.setting, 'live.fps', 'settings')}
      <datalist id="settings">
        {SETTINGS.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {field('value', w.value, w.valueHint)}
    </>
  );
}

/** The commoner ones; a device says of any other whether it has it. */
const SETTINGS = [
  'camera.fps',
  'camera.keep_every',
  'live.fps',
  'live.publish_hz',
  'live.floor',
  'train.experiments',
  'train.epochs',
];

interface CountProps {
  id: string;
  label: string;
  value: number;
  set: (value: number) => void;
  least?: number;
}

function Count({ id, label, value, set, least = 1 }: CountProps) {
  return (
    <label>
      {label}
      <input
        id={id}
        type="number"
        inputMode="numeric"
        min={least}
        value={value}
        onInput={({ currentTarget }) => {
          const typed = Math.round(currentTarget.valueAsNumber);
          if (typed >= least) set(typed);
        }}
      />
    </label>
  );
}
