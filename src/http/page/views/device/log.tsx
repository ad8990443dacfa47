// What happened on the device.
import { useEffect, useState } from 'preact/hooks';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { FleetEvent } from '../../api/types';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { isolated, when } from '../../words/format';
import { more } from '../../words/more';

const w = more.log;
type Kind = FleetEvent['kind'];
const SLICE = 20;

export function Log() {
  const [kind, setKind] = useState<Kind | ''>('');
  const [events, setEvents] = useState<FleetEvent[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const load = async (before: string | null) => {
    const query = { limit: SLICE, ...(kind && { kind }), ...(before && { before }) };
    const slice = await ok(device.GET('/api/v1/log', { params: { query } }));
    setEvents((shown) => [...(before ? (shown ?? []) : []), ...slice.items]);
    setNext(slice.next ?? null);
  };
  useEffect(() => {
    load(null).catch(say);
    // What is new goes on top; what was fetched stays.
    return on('fleet', (event) => {
      if (!kind || event.kind === kind) setEvents((shown) => [event, ...(shown ?? [])]);
    });
  }, [kind]);
  return (
    <>
      <div class="row between">
        <h2>{w.title}</h2>
        <select
          id="log-kind"
          aria-label={w.which}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as Kind | '')}
        >
          <option value="">{w.all}</option>
          {(Object.keys(w.kinds) as Kind[]).map((one) => (
            <option key={one} value={one}>
              {w.kinds[one]}
            </option>
          ))}
        </select>
      </div>
      <ul id="log" class="rows">
        {events?.map((event, n) => (
          <li key={`${event.time} ${n}`}>
            <span class="main">
              {event.category ? `${isolated(event.category)} ${event.track ?? ''}` : ofDevice(event.message)}
              <small>{w.kinds[event.kind]}</small>
            </span>
            <span class="side">
              <small>{when(event.time)}</small>
            </span>
          </li>
        ))}
        {events?.length === 0 && <li class="empty-row">{w.none}</li>}
      </ul>
      {next && (
        <div class="row">
          <TaskButton class="full" id="log-more" task={() => load(next)}>
            {words.more}
          </TaskButton>
        </div>
      )}
    </>
  );
}
