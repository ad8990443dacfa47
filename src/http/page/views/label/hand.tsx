// What floats over the picture while something is in hand.
import { can } from '../../api/access';
import { categories, colourOf } from '../../api/categories';
import { coloured } from '../../ui/colour';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import * as edit from './edit';
import { AsExample } from './example';
import { corners, selected, stage } from './state';

const w = words.label;

export function Hand() {
  return (
    <>
      <Outline />
      <Selection />
    </>
  );
}

/** The box in hand: its category is changed here, and nowhere else. */
function Selection() {
  const label = selected.value;
  const name = label?.category ?? '';
  const known = categories.value.filter((one) => one.kind !== 'tag').map((one) => one.name);
  const names = known.includes(name) || !label ? known : [name, ...known];
  return (
    <div class="selection" id="selection" hidden={!label} ref={coloured(colourOf(name))}>
      <i />
      <select
        id="selection-name"
        aria-label={w.boxCategory}
        disabled={!can('labeller')}
        value={name}
        onChange={(event) => edit.rename(event.currentTarget.value)}
      >
        {names.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      {can('labeller') && (
        <button
          type="button"
          class="icon danger"
          id="delete"
          aria-label={w.deleteBox}
          onClick={() => label && edit.remove(label)}
        >
          <Icon name="bin" />
        </button>
      )}
      <AsExample />
      {label?.by && <small class="by">{w.by(label.by)}</small>}
    </div>
  );
}

/** While an outline is drawn, corner by corner. */
function Outline() {
  const n = corners.value;
  if (!n) return null;
  return (
    <div class="selection" id="outline">
      {w.outline(n)}
      <button type="button" id="outline-back" onClick={() => stage.board?.shorten()}>
        {w.outlineBack}
      </button>
      {n > 2 && (
        <button type="button" id="outline-close" onClick={() => stage.board?.close()}>
          {w.outlineClose}
        </button>
      )}
    </div>
  );
}
