// What happened to all devices, or to one.
import type { HistoryKind } from '../api/contract';
import { devices } from '../api/fleet';
import { reroute, route } from '../shell/route';
import { fleet as w } from '../words';
import { Items } from './items';

const KINDS = Object.keys(w.kinds) as HistoryKind[];

function want(name: string, value: string): void {
  const asked = new URLSearchParams(route.peek().asked);
  if (value) asked.set(name, value);
  else asked.delete(name);
  history.replaceState(null, '', `#/history${asked.size ? `?${asked}` : ''}`);
  reroute();
}

export function View() {
  const { asked } = route.value;
  const device = asked.get('device');
  const kind = KINDS.find((one) => one === asked.get('kind'));
  return (
    <>
      <div class="row between">
        <h1 id="history-title" tabIndex={-1}>
          {device ? w.historyOf(devices.value?.get(device)?.name ?? device) : w.tabs.history}
        </h1>
        <span class="row">
          {device && (
            <button type="button" id="history-all" onClick={() => want('device', '')}>
              {w.title}
            </button>
          )}
          <select
            id="history-kind"
            class="narrow"
            aria-label={w.which}
            value={kind ?? ''}
            onChange={({ currentTarget: { value } }) => want('kind', value)}
          >
            <option value="">{w.any}</option>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {w.kinds[one]}
              </option>
            ))}
          </select>
        </span>
      </div>
      <Items asked={{ ...(device && { device }), ...(kind && { kind }) }} more />
    </>
  );
}
