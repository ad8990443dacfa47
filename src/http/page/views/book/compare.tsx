// What is compared with what, and the key to what is drawn.
import { Segmented } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import type { OpenBook } from './book';

const w = words.book;
const WAYS = [
  ['held', w.ways.held],
  ['together', w.ways.together],
  ['each', w.ways.each],
] as const;

export function Compare({ open }: { open: OpenBook }) {
  const two = open.second.value !== null;
  return (
    <div class="row compare">
      <button type="button" id="compare" aria-pressed={two} onClick={() => open.compare(!two)}>
        <Icon name="compare" />
        {two ? w.compareNot : w.compare}
      </button>
      {two && (
        <Segmented
          label={w.way}
          prefix="way"
          options={WAYS}
          value={open.way.value}
          choose={(way) => {
            open.way.value = way;
            open.scrub(open.first, open.first.at.peek());
            open.settle();
          }}
        />
      )}
      <Legend />
    </div>
  );
}

function Legend() {
  return (
    <div class="legend">
      <span>
        <i class="key dashed" />
        {w.label}
      </span>
      <span>
        <i class="key" />
        {w.prediction}
      </span>
    </div>
  );
}
