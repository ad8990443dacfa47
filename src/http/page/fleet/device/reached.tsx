// The way to the device's own page, and what is needed for it.
import { can } from '../../api/access';
import { ok } from '../../api/client';
import { TaskButton } from '../../ui/button';
import { of, server, through } from '../api/client';
import type { Device } from '../api/contract';
import { again } from '../api/fleet';
import { fleet as w } from '../words';
import { Secret } from './secret';

export function Reached({ device }: { device: Device }) {
  const { id, reach, role, state } = device;
  const open = (
    <a class="button primary huge" id="open" href={`devices/${encodeURIComponent(id)}/`}>
      {w.open}
    </a>
  );
  if (reach === 'paired') {
    return (
      <>
        {open}
        <p class="hint">{state === 'online' ? role && w.asRole[role] : w.openOffline}</p>
        <Doing device={device} />
        {can('admin') && (
          <details>
            <summary>{w.token}</summary>
            <Secret device={device} />
            <Drop device={device} />
          </details>
        )}
      </>
    );
  }
  return (
    <>
      {reach === 'refused' && open}
      <div class="card" id="unreached">
        <h2>{w.reaches[reach]}</h2>
        <p class="state">{w.reachWhy[reach]}</p>
        {can('admin') ? <Secret device={device} /> : <p class="state">{w.askAdmin}</p>}
        {can('admin') && reach !== 'none' && <Drop device={device} />}
      </div>
    </>
  );
}

/** What is asked for most, without the way over its page. */
function Doing({ device: { id } }: { device: Device }) {
  if (!can('labeller')) return null;
  const order = (command: string) => `#/orders/new?devices=${encodeURIComponent(id)}&command=${command}`;
  return (
    <div class="row">
      <a class="button grow" href={order('train')}>
        {w.commands.train}
      </a>
      <a class="button grow" href={order('capture')}>
        {w.capture}
      </a>
      <a class="button grow" href={order('set')}>
        {w.otherOrder}
      </a>
    </div>
  );
}

function Drop({ device: { id } }: { device: Device }) {
  return (
    <div class="row">
      <TaskButton
        id="token-drop"
        class="danger"
        task={async () => {
          await ok(server.DELETE('/api/v1/devices/{id}/token', { ...of(id), ...through }));
          again();
        }}
      >
        {w.dropToken}
      </TaskButton>
    </div>
  );
}
