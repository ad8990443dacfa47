// The list of what appeared and left.
import { useEffect } from 'preact/hooks';
import { categories, colourOf } from '../../api/categories';
import type { Sighting } from '../../api/types';
import { coloured } from '../../ui/colour';
import { Near } from '../../ui/near';
import { End } from '../../ui/slices';
import { clock, isolated, lasting, score } from '../../words/format';
import { more } from '../../words/more';
import { choose, follow, keyOf, only, sightings } from './sightings';

const w = more.camera.timeline;
/** How far below the screen the following slice is fetched. */
const AHEAD = '600px';

export function Timeline() {
  useEffect(follow, []);
  const items = sightings.items.value;
  return (
    <>
      <div class="row between">
        <h2>{w.title}</h2>
        <Filter />
      </div>
      {items.length === 0 && !sightings.open.value ? (
        <ul class="rows">
          <li class="empty-row">{only.value ? w.noneOf(isolated(only.value)) : w.none}</li>
        </ul>
      ) : (
        <Near
          id="timeline"
          class="rows timeline"
          tag="ul"
          items={items}
          draw={(item) => <Row key={keyOf(item)} item={item} />}
        />
      )}
      <End of={sightings} ahead={AHEAD} id="timeline-end" />
    </>
  );
}

function Filter() {
  const names = categories.value.map(({ name }) => name);
  if (only.value && !names.includes(only.value)) names.push(only.value);
  return (
    <select
      id="timeline-category"
      aria-label={w.category}
      value={only.value}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="">{w.all}</option>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function Row({ item: { category, appeared, left, score: best, zone } }: { item: Sighting }) {
  const seconds = left ? (Date.parse(left) - Date.parse(appeared)) / 1_000 : null;
  return (
    <li data-category={category}>
      <i ref={coloured(colourOf(category))} />
      <span class="main">
        <bdi>{category}</bdi>
        {zone && <bdi class="badge">{zone}</bdi>}
        <small>{left ? w.fromTo(clock(appeared), clock(left)) : w.since(clock(appeared))}</small>
      </span>
      <span class="side">
        <span class="num">{seconds === null ? w.there : lasting(seconds)}</span>
        <small>{w.best(score(best))}</small>
      </span>
    </li>
  );
}
