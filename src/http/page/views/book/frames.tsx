// Every frame of the book as a thumbnail with its score, or those that have something in common. The list is made when the
// scrubber rests; on the way only the figures change.
import { useComputed } from '@preact/signals';
import { Segmented } from '../../ui/button';
import { Small } from '../../ui/small';
import { score } from '../../words/format';
import { more } from '../../words/more';
import { FEW, type OpenBook } from './book';
import { FATES } from './fates';

const w = more.book;
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
          {w.frames} <span class="muted">{open.filter.value ? w.mostFirst : w.worstFirst}</span>
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
      <Filters open={open} />
      {!order.length && <p class="hint">{open.filter.value ? w.noneLikeThis : w.notLookedAt}</p>}
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

/** What became of the labels, counted; each shows the frames where it did. */
function Filters({ open }: { open: OpenBook }) {
  const totals = open.totals.value;
  if (!totals) return null;
  const shown = open.filter.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own
    <div class="chips filters" role="group" aria-label={w.filter}>
      {FATES.filter((fate) => totals[fate] || fate === shown).map((fate) => (
        <button
          type="button"
          class="chip"
          key={fate}
          id={`filter-${fate}`}
          aria-pressed={fate === shown}
          onClick={() => {
            open.filter.value = fate === shown ? null : fate;
          }}
        >
          {w.fates[fate]} <b class="num">{totals[fate]}</b>
        </button>
      ))}
    </div>
  );
}

function Thumb({ open, n }: { open: OpenBook; n: number }) {
  const figure = useComputed(() => {
    const fate = open.filter.value;
    return String(fate ? (open.counts.value[n]?.[fate] ?? 0) : score(open.first.epoch.value?.points[n]?.score));
  });
  const spoken = useComputed(() => {
    const fate = open.filter.value;
    return fate ? w.frameFate(n + 1, w.fates[fate], figure.value) : w.frameSpoken(n + 1, figure.value);
  });
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
      {id && <Small frame={id} />}
      <b>{figure}</b>
    </button>
  );
}
