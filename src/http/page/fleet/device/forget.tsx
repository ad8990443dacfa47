// Forgetting a device that is no more.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ok } from '../../api/client';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { of, server } from '../api/client';
import type { Device } from '../api/contract';
import { again } from '../api/fleet';
import { fleet as w } from '../words';

export function Forget({ device: { id, name } }: { device: Device }) {
  const [sure, doubt] = useState(false);
  const harmless = useRef<HTMLButtonElement>(null);
  useEffect(() => harmless.current?.focus(), [sure]);
  if (!sure) {
    return (
      <div class="row">
        <button type="button" id="forget" class="grow danger" onClick={() => doubt(true)}>
          {w.forget}
        </button>
      </div>
    );
  }
  return (
    <div class="card" id="forget-sure">
      <p>{w.forgetSure(name)}</p>
      <div class="row">
        <button type="button" class="grow" ref={harmless} onClick={() => doubt(false)}>
          {words.cancel}
        </button>
        <TaskButton
          id="forget-go"
          class="grow danger"
          task={async () => {
            await ok(server.DELETE('/api/v1/devices/{id}', of(id)));
            say(w.forgotten(name), 'info');
            location.replace('#/devices');
            again();
          }}
        >
          {w.forget}
        </TaskButton>
      </div>
    </div>
  );
}
