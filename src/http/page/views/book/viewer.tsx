// What is shown of the book, and what turns it. Stays on the screen while one scrolls: what is tapped below changes the
// picture up here.
import { useComputed } from '@preact/signals';
import { can } from '../../api/access';
import { leave } from '../../shell/back';
import { score } from '../../words/format';
import { more } from '../../words/more';
import type { OpenBook } from './book';
import { countsOf } from './fates';
import type { Leaf } from './leaf';
import { Page } from './page';
import { Scrubber } from './scrubber';

const w = more.book;

export function Viewer({ open }: { open: OpenBook }) {
  const leaves = open.leaves.value;
  const two = leaves.length > 1;
  return (
    <div class={two ? 'viewer two' : 'viewer'}>
      <div class="pages">
        {leaves.map((leaf, n) => (
          <div key={n}>
            <Page key={leaf} open={open} leaf={leaf} mark={n ? '-2' : ''} />
            {(leaf === open.first || open.way.value === 'each') && (
              <Scrubber open={open} leaf={leaf} mark={n ? '-2' : ''} />
            )}
          </div>
        ))}
      </div>
      <div class="foot">
        <div id="page-state" class="state figures">
          {leaves.map((leaf, n) => (
            <State key={n} open={open} leaf={leaf} number={n + 1} />
          ))}
        </div>
        <Correct open={open} />
      </div>
    </div>
  );
}

function State({ open, leaf, number }: { open: OpenBook; leaf: Leaf; number: number }) {
  const text = useComputed(() => {
    const point = leaf.epoch.value?.points[open.frame.value];
    const side = open.frames.value[open.frame.value]?.split;
    if (!point || !side) return '';
    const counts = countsOf(leaf.epochs.value, leaf.at.value, open.frame.value);
    const told = counts ? w.pointFates(counts) : w.point(score(point.score), score(point.confidence), w.sides[side]);
    return open.second.value ? w.numbered(number, leaf.epoch.value?.epoch ?? 0, told) : told;
  });
  return <p>{text}</p>;
}

/** To the labels of the frame that is shown, and back here. */
function Correct({ open }: { open: OpenBook }) {
  const frame = open.frames.value[open.frame.value];
  if (!frame || !can('labeller')) return null;
  return (
    <a id="correct" class="button" href={`#/label/${frame.id}`} onClick={() => leave(w.backHere)}>
      {w.correct}
    </a>
  );
}
