// All devices: what is wrong comes first.
import { computed } from '@preact/signals';
import { can } from '../../api/access';
import { Near } from '../../ui/near';
import { devices } from '../api/fleet';
import { fleet as w } from '../words';
import { Bar, narrowed, want, wanted } from './bar';
import { chosen, chosenNow } from './chosen';
import { ALL, flat, grouped, pick } from './filter';
import { DeviceRow, Head } from './row';

const picked = computed(() => pick(devices.value?.values() ?? [], wanted.value));
const rows = computed(() => (wanted.value.grouped ? grouped : flat)(picked.value));

/** Arrows go from device to device, as Tab does. */
function keys(event: KeyboardEvent): void {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const link = (event.target as Element).closest<HTMLElement>('.unit > a');
  if (!way || !link) return;
  const links = [...document.querySelectorAll<HTMLElement>('#devices .unit > a')];
  const next = links[links.indexOf(link) + way];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

export function View() {
  const all = devices.value;
  if (!all) return <h1 class="quiet">{w.title}</h1>;
  if (!all.size) return <Nothing />;
  const found = picked.value.length;
  return (
    <>
      <h1 id="devices-title" class="quiet" tabIndex={-1}>
        {w.title}
      </h1>
      <Bar />
      <div class="row between count">
        <p class="state" id="count" role="status">
          {found === all.size ? w.devices(found) : w.devicesOf(found, all.size)}
        </p>
        {can('labeller') && <Choosing />}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the links in it are what is used */}
      <div onKeyDown={keys}>
        <Near
          id="devices"
          class="devices"
          tag="ul"
          items={rows.value}
          draw={(row) =>
            row.head === null ? (
              <DeviceRow key={row.key} device={row.device} />
            ) : (
              <Head key={`${row.head}/`} name={row.head} devices={row.devices} />
            )
          }
        />
      </div>
      {found === 0 && (
        <div class="empty">
          <p>{w.noneFound}</p>
          {narrowed(wanted.value) && (
            <div class="row centre">
              <button type="button" id="show-all" onClick={() => want({ ...ALL, sort: wanted.peek().sort })}>
                {w.showAll}
              </button>
            </div>
          )}
        </div>
      )}
    </>
  );
}

function Choosing() {
  const now = chosenNow.value;
  if (!chosen.value) {
    return (
      <button
        type="button"
        id="choose"
        onClick={() => {
          chosen.value = new Set();
        }}
      >
        {w.choose}
      </button>
    );
  }
  return (
    <span class="row choosing">
      <button
        type="button"
        id="choose-all"
        onClick={() => {
          chosen.value = new Set([...now, ...picked.peek().map(({ id }) => id)]);
        }}
      >
        {w.chooseAll}
      </button>
      <a class="button primary" id="order" href="#/orders/new" aria-disabled={!now.length}>
        {w.orderFor(now.length)}
      </a>
      <button
        type="button"
        id="choose-none"
        onClick={() => {
          chosen.value = null;
        }}
      >
        {w.chooseNone}
      </button>
    </span>
  );
}

function Nothing() {
  return (
    <div class="empty" id="no-devices">
      <h1 id="devices-title" tabIndex={-1}>
        {w.noDevices}
      </h1>
      <p>{w.noDevicesWhy}</p>
      <pre>
        <code>{'[mqtt]\nbroker = "mqtts://broker.example:8883"'}</code>
      </pre>
    </div>
  );
}
