// Looking for one of many categories by its name.
import { useEffect, useRef, useState } from 'preact/hooks';
import { coloured } from '../../ui/colour';
import { words } from '../../words';
import { more } from '../../words/more';
import { drawNext } from './edit';
import { finding, findOpen } from './form';
import { markOf } from './marks';
import { boxCategories, category } from './state';

const w = more.labelRest;

export function Find() {
  return findOpen.value ? <Search /> : null;
}

function Search() {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  useEffect(() => input.current?.focus({ preventScroll: true }), []);
  const wanted = text.trim().toLowerCase();
  const found = boxCategories.value.filter(({ name }) => name.toLowerCase().includes(wanted));
  const take = (name: string | undefined) => {
    if (name) drawNext(name);
    finding(false);
    requestAnimationFrame(() => {
      const chip = document.querySelector('#chips [aria-pressed="true"]');
      chip?.scrollIntoView({ block: 'nearest', inline: 'center' });
    });
  };
  return (
    <form
      id="category-search"
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        take(found[0]?.name);
      }}
    >
      <div class="row">
        <input
          ref={input}
          class="grow"
          type="search"
          aria-label={words.label.find}
          placeholder={words.label.find}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="button" onClick={() => finding(false)}>
          {words.cancel}
        </button>
      </div>
      <div class="chips">
        {found.map(({ name, colour }) => (
          <button
            type="button"
            class="chip"
            key={name}
            ref={coloured(colour)}
            aria-pressed={name === category.value}
            onClick={() => take(name)}
          >
            <i data-mark={markOf(name)} />
            {name}
          </button>
        ))}
        {!found.length && <p class="hint">{w.notFound}</p>}
      </div>
    </form>
  );
}
