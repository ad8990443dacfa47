// What is compared with what, and the key to what is drawn.
import { say } from '../../shell/banner';
import { Segmented } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { more } from '../../words/more';
import type { OpenBook } from './book';
import { triedBy } from './contract';
import type { Leaf } from './leaf';

const w = more.book;
const WAYS = [
  ['held', w.ways.held],
  ['together', w.ways.together],
  ['each', w.ways.each],
] as const;

export function Compare({ open }: { open: OpenBook }) {
  const two = open.second.value !== null;
  return (
    <>
      <Ways open={open} two={two} />
      <Choosers open={open} two={two} />
    </>
  );
}

/** Whose pages each picture shows: of any experiment that still ran at that epoch. */
function Choosers({ open, two }: { open: OpenBook; two: boolean }) {
  const several = open.book.value?.epochs.some((epoch) => (epoch.experiments?.length ?? 0) > 1);
  if (!several) return null;
  return (
    <div class="choosers">
      {open.leaves.value.map((leaf, n) => (
        <Chooser key={n} open={open} leaf={leaf} name={two ? w.whoseOf[n] : w.whose} mark={n ? '-2' : ''} />
      ))}
    </div>
  );
}

interface Choice {
  open: OpenBook;
  leaf: Leaf;
  name: string | undefined;
  mark: string;
}

function Chooser({ open, leaf, name, mark }: Choice) {
  const training = open.training.value;
  const shown = leaf.experiment.value;
  const ran = leaf.epochs.value[leaf.settled.value]?.experiments ?? [];
  const all = shown && !ran.includes(shown) ? [...ran, shown] : ran;
  return (
    <label>
      {name}
      <select
        id={`experiment${mark}`}
        value={shown ?? ''}
        onChange={(event) => {
          const select = event.currentTarget;
          open.pick(leaf, select.value || null).catch((error) => {
            select.value = shown ?? '';
            say(error);
          });
        }}
      >
        <option value="">{w.leading}</option>
        {all.map((id) => {
          const { number, words: tried } = training ? triedBy(training, id) : { number: 0, words: '' };
          return (
            <option key={id} value={id}>
              {w.attempt(number, tried)}
            </option>
          );
        })}
      </select>
    </label>
  );
}

function Ways({ open, two }: { open: OpenBook; two: boolean }) {
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
