// What is listed, and how.
import { computed, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../../ui/icon';
import type { AlarmKind } from '../api/contract';
import { devices } from '../api/fleet';
import { reroute, route } from '../shell/route';
import { fleet as w } from '../words';
import { counts, ORDERS, read, SHOWN, type Sorted, values, type Wanted, written } from './filter';

/** What the address asks for. */
export const wanted = computed(() => read(route.value.asked));

/** Changes what is asked for; the address says so at once, and going back leaves the list. */
export function want(change: Partial<Wanted>): void {
  history.replaceState(null, '', `#/devices${written({ ...wanted.peek(), ...change })}`);
  reroute();
}

const all = computed(() => [...(devices.value?.values() ?? [])]);
/** What there is to choose from. */
const choices = computed(() => ({
  groups: values(all.value.flatMap(({ groups }) => groups)),
  versions: values(all.value.map(({ version }) => version)),
  alarms: values(all.value.flatMap(({ alarms }) => alarms.map(({ kind }) => kind))) as AlarmKind[],
}));
const opened = signal(false);

export function Bar() {
  const now = wanted.value;
  const found = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = (event.target as Element).closest?.('input, select, textarea');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      found.current?.focus();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  const more = Boolean(now.group || now.version || now.alarm || now.grouped || now.sort !== 'wrong');
  return (
    <search class="asked">
      <div class="find">
        <Icon name="search" />
        <input
          id="search"
          type="search"
          ref={found}
          placeholder={w.searchShort}
          aria-label={w.search}
          aria-keyshortcuts="/"
          enterKeyHint="search"
          value={now.search}
          onInput={({ currentTarget: { value } }) => want({ search: value })}
        />
        <button
          type="button"
          id="more-filters"
          class={more ? 'on' : ''}
          aria-expanded={opened.value}
          aria-controls="filters"
          onClick={() => {
            opened.value = !opened.value;
          }}
        >
          {w.filter}
        </button>
      </div>
      <Kinds now={now} />
      <div id="filters" class={opened.value ? 'open' : ''}>
        <Filters now={now} />
      </div>
    </search>
  );
}

function Kinds({ now }: { now: Wanted }) {
  const found = counts(all.value);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own
    <div class="kinds" role="group" aria-label={w.which}>
      {SHOWN.filter((name) => found[name] || name === 'all' || name === now.show).map((name) => (
        <button
          type="button"
          key={name}
          class="chip"
          data-show={name}
          aria-pressed={name === now.show}
          onClick={() => want({ show: name })}
        >
          {w.shown[name]} <b>{found[name].toLocaleString()}</b>
        </button>
      ))}
    </div>
  );
}

function Filters({ now }: { now: Wanted }) {
  const { groups, versions, alarms } = choices.value;
  const named = (names: readonly string[]): [string, string][] => names.map((name) => [name, name]);
  return (
    <>
      <Choice id="group" label={w.group} value={now.group} from={named(groups)} choose={(group) => want({ group })} />
      <Choice
        id="alarm"
        label={w.alarm}
        value={now.alarm}
        from={alarms.map((kind) => [kind, w.alarms[kind] ?? kind])}
        choose={(alarm) => want({ alarm: alarm as AlarmKind })}
      />
      <Choice
        id="version"
        label={w.version}
        value={now.version}
        from={named(versions)}
        choose={(version) => want({ version })}
      />
      <label>
        {w.sort}
        <select id="sort" value={now.sort} onChange={({ currentTarget: { value } }) => want({ sort: value as Sorted })}>
          {ORDERS.map((name) => (
            <option key={name} value={name}>
              {w.sorted[name]}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input type="checkbox" id="grouped" checked={now.grouped} onChange={() => want({ grouped: !now.grouped })} />
        {w.grouped}
      </label>
    </>
  );
}

interface ChoiceProps {
  id: string;
  label: string;
  value: string;
  /** Values, and how they are called. */
  from: [string, string][];
  choose: (value: string) => void;
}

function Choice({ id, label, value, from, choose }: ChoiceProps) {
  // What the address asks for is shown, also where no device has it.
  const all = value && !from.some(([name]) => name === value) ? [[value, value] as const, ...from] : from;
  if (!all.length) return null;
  return (
    <label>
      {label}
      <select id={id} value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">{w.any}</option>
        {all.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Whether somebody is looking for something that there may be elsewhere. */
export const narrowed = (now: Wanted): boolean =>
  Boolean(now.search || now.group || now.version || now.alarm || now.show !== 'all');
