// What to look for.
import { useState } from 'preact/hooks';
import { categories } from '../../api/categories';
import { more } from '../../words/more';
import { cameras, counts } from './counts';
import { EVERYTHING, type Filter, filter, narrowed, PHASES, SIDES, SOURCES } from './filter';
import { stop } from './selected';
import { shelf } from './shelf';

const w = more.library;

function set(changes: Partial<Filter>): void {
  filter.value = { ...filter.peek(), ...changes };
  stop();
  shelf.restart();
}

export function Filters() {
  const [wide, widen] = useState(narrowed.peek() > 0);
  const { phase } = filter.value;
  const there = counts.value;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own */}
      <div class="chips scroll" role="group" aria-label={w.phase}>
        {(['all', ...PHASES] as const).map((one) => (
          <button
            type="button"
            class="chip"
            key={one}
            id={`phase-${one}`}
            aria-pressed={one === phase}
            onClick={() => set({ phase: one })}
          >
            {w.phases[one]}
            <span class="muted num">{there && (one === 'all' ? there.total : there.phases[one])}</span>
          </button>
        ))}
        <button type="button" class="chip" id="library-more" aria-expanded={wide} onClick={() => widen(!wide)}>
          {w.filters(narrowed.value)}
        </button>
      </div>
      {wide && <Lesser />}
    </>
  );
}

function Lesser() {
  const { category, side, source, camera, since, until, order } = filter.value;
  return (
    <form class="card filters" id="library-filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label={w.category}
        value={category}
        options={[['', w.any], ...categories.value.map(({ name }) => [name, name] as const)]}
        choose={(value) => set({ category: value })}
      />
      <Choice
        label={w.side}
        value={side}
        options={[['', w.any], ...SIDES.map((one) => [one, w.sides[one]] as const)]}
        choose={(value) => set({ side: value as Filter['side'] })}
      />
      <Choice
        label={w.source}
        value={source}
        options={[['', w.any], ...SOURCES.map((one) => [one, w.sources[one]] as const)]}
        choose={(value) => set({ source: value as Filter['source'] })}
      />
      {cameras.value.length > 0 && (
        <Choice
          label={more.camera.title}
          value={camera}
          options={[['', w.any], ...cameras.value.map((id) => [id, id] as const)]}
          choose={(value) => set({ camera: value })}
        />
      )}
      <Choice
        label={w.order}
        value={order}
        options={[
          ['newest', w.newest],
          ['unsure', w.unsure],
        ]}
        choose={(value) => set({ order: value as Filter['order'] })}
      />
      <label>
        {w.since}
        <input type="date" value={since} onChange={(event) => set({ since: event.currentTarget.value })} />
      </label>
      <label>
        {w.until}
        <input type="date" value={until} onChange={(event) => set({ until: event.currentTarget.value })} />
      </label>
      <button
        type="button"
        class="full"
        id="library-clear"
        onClick={() => set({ ...EVERYTHING, phase: filter.peek().phase })}
      >
        {w.clear}
      </button>
    </form>
  );
}

function Choice(props: {
  label: string;
  value: string;
  options: (readonly [string, string])[];
  choose: (value: string) => void;
}) {
  return (
    <label>
      {props.label}
      <select value={props.value} onChange={(event) => props.choose(event.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value} selected={value === props.value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
