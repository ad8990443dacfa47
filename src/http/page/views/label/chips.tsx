// The categories by the thumb: what the next box is, and what is true of the whole frame.
import { can } from '../../api/access';
import { categories } from '../../api/categories';
import type { Category } from '../../api/types';
import { inkOn } from '../../board/paint';
import { coloured } from '../../ui/colour';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import { score } from '../../words/format';
import { drawNext, toggleTag } from './edit';
import { finding, openForm } from './form';
import { markOf } from './marks';
import { boxCategories, category, labels, proposals, sheet, tagCategories } from './state';

const w = words.label;

/** From so many categories on one looks for them by name. */
const MANY = 12;

/** The colour, with the letter that stands for it on the picture. */
function Mark({ category: { name, colour } }: { category: Category }) {
  const ink = (element: HTMLElement | null) => element?.style.setProperty('color', inkOn(colour));
  return <i ref={ink} data-mark={markOf(name)} />;
}

function Find() {
  return (
    <button type="button" class="chip" id="category-find" aria-label={w.find} onClick={() => finding(true)}>
      <Icon name="search" />
    </button>
  );
}

export function Chips() {
  if (!can('labeller')) return <There />;
  return (
    <div class="chips scroll">
      {boxCategories.value.length > MANY && <Find />}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own */}
      <div id="chips" role="group" aria-label={w.categoryToDraw}>
        {boxCategories.value.map((one) => (
          <button
            type="button"
            class="chip"
            key={one.name}
            ref={coloured(one.colour)}
            aria-pressed={one.name === category.value}
            onClick={() => drawNext(one.name)}
          >
            <Mark category={one} />
            <span>{one.name}</span>
          </button>
        ))}
      </div>
      <Tags />
      <button type="button" class="chip" id="category-add" onClick={openForm}>
        {w.newCategory}
      </button>
    </div>
  );
}

function Tags() {
  const now = sheet.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above
    <div id="tags" role="group" aria-label={w.tags}>
      {tagCategories.value.map((one) => {
        const { name, colour } = one;
        const proposal = proposals.value.find((other) => !other.bbox && other.category === name);
        return (
          <button
            type="button"
            class={`chip tag ${proposal ? 'proposed' : ''}`}
            key={name}
            ref={coloured(colour)}
            aria-pressed={Boolean(now?.hasTag(name))}
            onClick={() => toggleTag(name)}
          >
            <Mark category={one} />
            {name}
            {proposal && ` ${score(proposal.score)}`}
          </button>
        );
      })}
    </div>
  );
}

/** For who only looks: what the colours mean, and what is true of the whole frame. */
function There() {
  const there = (one: Category) => labels.value.some((label) => label.category === one.name);
  return (
    <div class="chips">
      <div id="chips">
        {categories.value.filter(there).map((one) => (
          <span class={`chip ${one.kind === 'tag' ? 'tag' : ''}`} key={one.name} ref={coloured(one.colour)}>
            <Mark category={one} />
            {one.name}
          </span>
        ))}
      </div>
    </div>
  );
}
