// The zones: on the picture for everybody, and as a list, from which an admin changes them.
import { can } from '../../api/access';
import type { Zone } from '../../api/types';
import { more } from '../../words/more';
import { isChosen } from './chosen';
import { middle, points } from './corners';
import { watch } from './watch';
import { alter, draw, sketch } from './zone';

const w = more.camera.zones;

/** For `ref`: says where a corner is. */
export const placed =
  ([x = 0, y = 0]: readonly number[]) =>
  (element: HTMLElement | null) => {
    element?.style.setProperty('--x', `${x * 100}%`);
    element?.style.setProperty('--y', `${y * 100}%`);
  };

/** On the picture; the one that is being changed is drawn by whoever changes it. */
export function ZoneLines() {
  const zones = (watch.value?.zones ?? []).filter(({ name, camera }) => name !== sketch.value?.was && isChosen(camera));
  if (!zones.length) return null;
  return (
    <div class="zones" aria-hidden="true">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        {zones.map((zone) => (
          <polygon key={zone.name} class={zone.kind} points={points(zone.polygon)} />
        ))}
      </svg>
      {zones.map(({ name, polygon }) => (
        <span key={name} ref={placed(middle(polygon))}>
          {name}
        </span>
      ))}
    </div>
  );
}

export function Zones() {
  const zones = watch.value?.zones;
  if (!zones || (!zones.length && !can('admin'))) return null;
  return (
    <>
      <ul id="zones" class="rows">
        {zones.map((zone) => (
          <li key={zone.name} data-zone={zone.name}>
            <span class="main">
              {zone.name}
              <small>{about(zone)}</small>
            </span>
            <span class={`badge ${zone.kind === 'watch' ? 'good' : 'bad'}`}>{w.kinds[zone.kind]}</span>
            {can('admin') && (
              <button type="button" aria-label={w.editNamed(zone.name)} onClick={() => alter(zone)}>
                {w.edit}
              </button>
            )}
          </li>
        ))}
        {zones.length === 0 && <li class="empty-row">{w.none}</li>}
      </ul>
      {can('admin') && !sketch.value && (
        <div class="row">
          <button type="button" id="zone-add" class="grow" onClick={draw}>
            {w.add}
          </button>
        </div>
      )}
    </>
  );
}

const about = ({ categories, camera }: Zone) =>
  [categories?.length ? categories.join(', ') : w.all, camera && w.camera(camera)].filter(Boolean).join(' · ');
