// The frames that were found, as pictures; more are fetched as one scrolls.
import { leave } from '../../shell/back';
import { Near } from '../../ui/near';
import { End } from '../../ui/slices';
import { Small } from '../../ui/small';
import { score, when } from '../../words/format';
import { more } from '../../words/more';
import { cameras } from './counts';
import { filter, narrowed } from './filter';
import { reach, selected, selecting, toggle } from './selected';
import { type Item, shelf } from './shelf';

const w = more.library;
/** How far below the screen the following slice is fetched. */
const AHEAD = '1200px';

export function Grid() {
  const shown = shelf.items.value;
  return (
    <>
      <Near id="library-grid" class="grid library" items={shown} draw={(item) => <Thumb key={item.id} item={item} />} />
      {!shown.length && !shelf.open.value && (
        <p class="empty">{narrowed.value || filter.value.phase !== 'all' ? w.none : w.empty}</p>
      )}
      <End of={shelf} ahead={AHEAD}>
        {w.loading}
      </End>
    </>
  );
}

function Thumb({ item }: { item: Item }) {
  const { id, frame, confidence } = item;
  const name = frame?.name || (frame ? when(frame.taken) : '');
  const of = cameras.value.length > 0 && frame?.camera;
  const kept = frame?.kept && w.kept[frame.kept.why];
  const shared = {
    class: `thumb ${frame?.phase ?? ''}`,
    'data-frame': id,
    'aria-label': `${name}${of ? `, ${of}` : ''}${kept ? `, ${kept}` : ''}${frame ? `, ${w.phases[frame.phase]}` : ''}`,
  };
  const picture = (
    <>
      <Small frame={id} />
      {confidence !== null && <b>{score(confidence)}</b>}
      {(of || kept) && <i>{[of, kept].filter(Boolean).join(' · ')}</i>}
    </>
  );
  if (selecting.value)
    return (
      <button
        type="button"
        {...shared}
        aria-pressed={selected.value.has(id)}
        onClick={(event) => (event.shiftKey ? reach(id) : toggle(id))}
      >
        {picture}
      </button>
    );
  // A long press on a phone, the other button on a desk, begins to choose.
  const choose = (event: Event) => {
    event.preventDefault();
    selecting.value = true;
    toggle(id);
  };
  return (
    <a {...shared} href={`#/label/${id}`} onClick={() => leave(w.backHere)} onContextMenu={choose}>
      {picture}
    </a>
  );
}
