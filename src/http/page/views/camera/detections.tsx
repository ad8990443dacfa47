// What the model sees now: how many of each category, and the surest of them.
import { useEffect } from 'preact/hooks';
import { colourOf } from '../../api/categories';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { Detections } from '../../api/types';
import { coloured } from '../../ui/colour';
import { words } from '../../words';
import { score } from '../../words/format';
import { seen } from './status';

const w = words.camera;

interface Group {
  name: string;
  count: number;
  /** The surest's score. */
  best: number;
}

function grouped(detections: Detections | null): Group[] {
  const groups = new Map<string, Group>();
  for (const { category: name, score } of detections?.objects ?? []) {
    const group = groups.get(name) ?? { name, count: 0, best: 0 };
    groups.set(name, { name, count: group.count + 1, best: Math.max(group.best, score) });
  }
  return [...groups.values()].sort((a, b) => a.name.localeCompare(b.name));
}

const take = (detections: Detections | null) => {
  seen.value = detections;
};

export function InView() {
  useEffect(() => on('detections', take), []);
  // The stream tells of every look; where there is none, it is asked for. The camera's line says if that fails.
  useEffect(() => on('poll', () => void ok(device.GET('/api/v1/detections')).then(take, () => {})), []);
  const groups = grouped(seen.value);
  return (
    <ul id="detections" class="rows">
      {groups.map(({ name, count, best }) => (
        <li key={name}>
          <i ref={coloured(colourOf(name))} />
          <span class="main">{name}</span>
          <small>{w.surest(score(best))}</small>
          <span class="num">× {count}</span>
        </li>
      ))}
      {groups.length === 0 && <li class="empty-row">{w.nothingSeen}</li>}
    </ul>
  );
}
