// The form of the zone that is being drawn: what it is called and for, and its corners as numbers.
import { categories } from '../../api/categories';
import { Segmented, TaskButton } from '../../ui/button';
import { coloured } from '../../ui/colour';
import { words } from '../../words';
import { more } from '../../words/more';
import { LEAST } from './corners';
import {
  close,
  drop,
  insert,
  move,
  ready,
  rectangle,
  remove,
  rename,
  type Sketch,
  save,
  setKind,
  stop,
  toggle,
} from './zone';

const w = more.camera.zones;
const KINDS = [
  ['watch', w.kinds.watch],
  ['ignore', w.kinds.ignore],
] as const;

export function ZoneForm({ now }: { now: Sketch }) {
  const enough = now.corners.length >= LEAST;
  return (
    <form class="card zone-form" id="zone-form" aria-label={w.title} onSubmit={(event) => event.preventDefault()}>
      <p class="hint" id="zone-hint" aria-live="polite">
        {now.closed ? w.dragCorners : enough ? w.tapFirst : w.tapCorners}
      </p>
      <div class="row">
        {now.closed ? (
          <button type="button" id="corner-add" class="grow" onClick={insert}>
            {w.addCorner}
          </button>
        ) : (
          <button type="button" id="zone-close" class="grow" disabled={!enough} onClick={close}>
            {w.close}
          </button>
        )}
        {now.corners.length === 0 && (
          <button type="button" id="zone-rectangle" class="grow" onClick={rectangle}>
            {w.rectangle}
          </button>
        )}
        {now.corners.length > 0 && (
          <button type="button" id="corner-drop" class="grow" onClick={() => drop(now.at ?? now.corners.length - 1)}>
            {now.at === null ? w.dropLast : w.dropCorner}
          </button>
        )}
      </div>
      <label>
        {w.name}
        <input
          id="zone-name"
          value={now.name}
          maxLength={64}
          autocomplete="off"
          onInput={(event) => rename(event.currentTarget.value)}
        />
      </label>
      <Segmented label={w.kind} options={KINDS} value={now.kind} choose={setKind} prefix="zone-kind" />
      <p class="state">{w.does[now.kind]}</p>
      <For now={now} />
      <Numbers now={now} />
      <div class="row">
        <button type="button" id="zone-cancel" onClick={stop}>
          {words.cancel}
        </button>
        {now.was !== null && (
          <TaskButton id="zone-remove" class="danger" task={remove}>
            {w.remove}
          </TaskButton>
        )}
        <TaskButton id="zone-save" class="primary grow" disabled={!ready(now)} task={save}>
          {w.save}
        </TaskButton>
      </div>
    </form>
  );
}

function For({ now }: { now: Sketch }) {
  const names = new Set([...categories.value.map(({ name }) => name), ...(now.categories ?? [])]);
  const colours = new Map(categories.value.map(({ name, colour }) => [name, colour]));
  if (names.size === 0) return null;
  return (
    <fieldset>
      <legend>{now.categories ? w.only : w.forAll}</legend>
      <div class="chips">
        {[...names].map((name) => (
          <button
            type="button"
            key={name}
            class="chip"
            ref={coloured(colours.get(name) ?? '#8a8f8c')}
            aria-pressed={now.categories?.includes(name) ?? false}
            onClick={() => toggle(name)}
          >
            <i />
            {name}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

/** For who can't drag. */
function Numbers({ now }: { now: Sketch }) {
  if (now.corners.length === 0) return null;
  const field = (n: number, axis: 0 | 1) => (
    <input
      type="number"
      min="0"
      max="100"
      step="1"
      inputMode="numeric"
      data-axis={axis}
      aria-label={w.axes[axis](n + 1)}
      value={Math.round((now.corners[n]?.[axis] ?? 0) * 100)}
      onChange={(event) => {
        const share = event.currentTarget.valueAsNumber / 100;
        const [x, y] = now.corners[n] ?? [0, 0];
        if (Number.isFinite(share)) move(n, axis === 0 ? [share, y] : [x, share]);
      }}
    />
  );
  return (
    <details id="zone-numbers">
      <summary>{w.numbers}</summary>
      <ol>
        {now.corners.map((_, n) => (
          <li key={`${n}`}>
            {field(n, 0)} {field(n, 1)}
          </li>
        ))}
      </ol>
    </details>
  );
}
