// The frames that were found, as pictures; more are fetched as one scrolls.
import { useEffect, useRef } from 'preact/hooks';
import { pictureUrl } from '../../api/client';
import { leave } from '../../shell/back';
import { TaskButton } from '../../ui/button';
import { Near } from '../../ui/near';
import { words } from '../../words';
import { score, when } from '../../words/format';
import { more as said } from '../../words/more';
import { filter, narrowed } from './filter';
import { reach, selected, selecting, toggle } from './selected';
import { failed, type Item, items, more, open } from './shelf';

const w = said.library;
/** How far below the screen the following slice is fetched. */
const AHEAD = '1200px';

export function Grid() {
  const end = useRef<HTMLDivElement>(null);
  const shown = items.value;
  useEffect(() => {
    if (!end.current) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && void more(), { rootMargin: AHEAD });
    seen.observe(end.current);
    return () => seen.disconnect();
    // Anew after each slice: the end may still be in view.
  }, [shown, open.value]);
  return (
    <>
      <Near id="library-grid" class="grid library" items={shown} draw={(item) => <Thumb key={item.id} item={item} />} />
      {!shown.length && !open.value && (
        <p class="empty">{narrowed.value || filter.value.phase !== 'all' ? w.none : w.empty}</p>
      )}
      {failed.value ? (
        <div class="row centre">
          <TaskButton task={more}>{words.again}</TaskButton>
        </div>
      ) : (
        open.value && (
          <div ref={end} class="state loading">
            {w.loading}
          </div>
        )
      )}
    </>
  );
}

function Thumb({ item }: { item: Item }) {
  const { id, frame, confidence } = item;
  const name = frame?.name || (frame ? when(frame.taken) : '');
  const shared = {
    class: `thumb ${frame?.phase ?? ''}`,
    'data-frame': id,
    'aria-label': `${name}${frame ? `, ${w.phases[frame.phase]}` : ''}`,
  };
  const picture = (
    <>
      <img src={pictureUrl(id, 192)} alt="" loading="lazy" decoding="async" />
      {confidence !== null && <b>{score(confidence)}</b>}
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
