// The categories by the thumb: what the next box is, and what is true of the whole frame.
import { can } from '../../api/access';
import { categories } from '../../api/categories';
import type { Category } from '../../api/types';
import { coloured } from '../../ui/colour';
import { words } from '../../words';
import { score } from '../../words/format';
import { toggleTag } from './edit';
import { openForm } from './form';
import { boxCategories, category, labels, proposals, sheet, tagCategories } from './state';

const w = words.label;

export function Chips() {
  if (!can('labeller')) return <There />;
  return (
    <div class="chips">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own */}
      <div id="chips" role="group" aria-label={w.categoryToDraw}>
        {boxCategories.value.map((one) => (
          <button
            type="button"
            class="chip"
            key={one.name}
            ref={coloured(one.colour)}
            aria-pressed={one.name === category.value}
            onClick={() => {
              category.value = one.name;
            }}
          >
            <i />
            {one.name}
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
      {tagCategories.value.map(({ name, colour }) => {
        const proposal = proposals.value.find((one) => !one.bbox && one.category === name);
        return (
          <button
            type="button"
            class={`chip tag ${proposal ? 'proposed' : ''}`}
            key={name}
            ref={coloured(colour)}
            aria-pressed={Boolean(now?.hasTag(name))}
            onClick={() => toggleTag(name)}
          >
            <i />
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
            <i />
            {one.name}
          </span>
        ))}
      </div>
    </div>
  );
}

/** What belongs to the category that is drawn next. */
export function Instructions() {
  const text = categories.value.find(({ name }) => name === category.value)?.instructions;
  return (
    <p id="instructions" class="hint">
      {text}
    </p>
  );
}
