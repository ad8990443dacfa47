// What the model sees in the picture that is shown: how many of each category, and the surest of them.
import { colourOf } from '../../api/categories';
import type { Detections } from '../../api/types';
import { coloured } from '../../ui/colour';
import { score, when } from '../../words/format';
import { more } from '../../words/more';
import { reason } from './empty';
import { fresh, held, newest, shown } from './looks';
import { deployed, wrong } from './watching';

const w = more.camera;

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

/** That nothing is there says only a model that looks. */
function none(): string {
  if (reason.value && !held.value) return w.noneSeen;
  if (fresh.value || held.value) return w.nothingSeen;
  if (deployed.value === null) return w.noneLooks;
  if (newest.value) return w.looksNoMore(when(newest.value.taken));
  return wrong.value ?? w.notYet;
}

export function InView() {
  const groups = grouped(
    held.value || (fresh.value && !reason.value) ? (shown.value?.detections ?? newest.value) : null,
  );
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
      {groups.length === 0 && <li class="empty-row">{none()}</li>}
    </ul>
  );
}
