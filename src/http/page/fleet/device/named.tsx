// How people call a device here, and the groups they put it in. The device itself does not know.
import { useEffect, useState } from 'preact/hooks';
import { ok } from '../../api/client';
import { TaskButton } from '../../ui/button';
import { of, server } from '../api/client';
import type { Device } from '../api/contract';
import { again, devices } from '../api/fleet';
import { values } from '../devices/filter';
import { fleet as w } from '../words';

const listed = (text: string) => [...new Set(text.split(',').map((one) => one.trim()))].filter(Boolean);

export function Named({ device: { id, name, groups } }: { device: Device }) {
  const [own, setOwn] = useState(name);
  const [inside, setInside] = useState(groups.join(', '));
  // Somebody else may have changed it meanwhile.
  useEffect(() => setOwn(name), [name]);
  useEffect(() => setInside(groups.join(', ')), [groups.join(', ')]);
  const known = values([...(devices.value?.values() ?? [])].flatMap((device) => device.groups));
  const body = { name: own.trim(), groups: listed(inside) };
  const same = body.name === name && body.groups.join() === groups.join();
  const add = known.filter((group) => !body.groups.includes(group));
  return (
    <>
      <h2>{w.called}</h2>
      <form id="named" class="card" onSubmit={(event) => event.preventDefault()}>
        <label>
          {w.name}
          <input
            id="name"
            maxLength={64}
            autocomplete="off"
            placeholder={id}
            value={own}
            onInput={({ currentTarget: { value } }) => setOwn(value)}
          />
        </label>
        <label>
          {w.groups}
          <input
            id="groups"
            autocomplete="off"
            placeholder={w.groupsHint}
            value={inside}
            onInput={({ currentTarget: { value } }) => setInside(value)}
          />
        </label>
        {add.length > 0 && (
          <div class="chips">
            {add.slice(0, 12).map((group) => (
              <button
                type="button"
                class="chip"
                key={group}
                onClick={() => setInside([...body.groups, group].join(', '))}
              >
                + {group}
              </button>
            ))}
          </div>
        )}
        <div class="row">
          <TaskButton
            id="named-go"
            class="primary grow"
            disabled={same}
            task={async () => {
              await ok(server.PATCH('/api/v1/devices/{id}', { ...of(id), body }));
              again();
            }}
          >
            {w.save}
          </TaskButton>
        </div>
      </form>
    </>
  );
}
