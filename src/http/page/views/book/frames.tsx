// Every frame of the book as a thumbnail with its score. The list is made when the scrubber rests; on the way only the
// figures change.
import { useComputed } from '@preact/signals';
import { pictureUrl } from '../../api/client';
import { Segmented } from '../../ui/button';
import { words } from '../../words';
import { score } from '../../words/format';
import { FEW, type OpenBook } from './book';

const w = words.book;
const SIDES = [
  ['validation', w.sideButtons.validation],
  ['training', w.sideButtons.training],
] as const;
/** Thumbnails shown with each further press. */
const FURTHER = 120;

export function Frames({ open }: { open: OpenBook }) {
  const most = open.listed;
  const order = open.order.value;
  return (
    <>
      <div class="row between">
        <h2>
          {w.frames} <span class="muted">{w.worstFirst}</span>
        </h2>
        <Segmented
          label={w.side}
          prefix="side"
          options={SIDES}
          value={open.side.value}
          choose={(side) => {
            most.value = FEW;
            open.side.value = side;
          }}
        />
      </div>
      <div id="book-frames" class="grid">
        {order.slice(0, most.value).map((n) => (
          <Thumb key={n} open={open} n={n} />
        ))}
        {order.length > most.value && (
          <button type="button" class="thumb more" onClick={() => (most.value += FURTHER)}>
            {w.more(order.length - most.value)}
          </button>
        )}
      </div>
    </>
  );
}

function Thumb({ open, n }: { open: OpenBook; n: number }) {
  const figure = useComputed(() => score(open.epoch.value?.points[n]?.score));
  const spoken = useComputed(() => w.frameSpoken(n + 1, figure.value));
  const current = useComputed(() => (open.frame.value === n ? 'true' : undefined));
  const id = open.frames.value[n]?.id;
  return (
    <button
      type="button"
      class="thumb"
      data-n={n}
      aria-label={spoken}
      aria-current={current}
      onClick={() => open.choose(n)}
    >
      {id && <img src={pictureUrl(id, 192)} alt="" loading="lazy" />}
      <b>{figure}</b>
    </button>
  );
}
