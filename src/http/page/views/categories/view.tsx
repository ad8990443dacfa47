// The categories: what to look for, in which order, under which name and colour, with what instructions.
import { useEffect, useState } from 'preact/hooks';
import { can } from '../../api/access';
import { categories, loadCategories } from '../../api/categories';
import type { Category } from '../../api/types';
import { coloured } from '../../ui/colour';
import { Icon } from '../../ui/icon';
import { useNews } from '../../ui/load';
import { more } from '../../words/more';
import { Edit } from './edit';
import { NewCategory } from './new';

const w = more.categories;

export function View({ id }: { id: string | undefined }) {
  const [edited, edit] = useState<string | null>(id ? decodeURIComponent(id) : null);
  const [adding, add] = useState(false);
  useNews(async () => void (await loadCategories()), ['poll']);
  const all = categories.value;
  // A form that is open stays, whatever becomes of its category meanwhile.
  const [last, keep] = useState<Category | null>(null);
  const now = all.find(({ name }) => name === edited);
  useEffect(() => {
    if (now) keep(now);
  }, [now]);
  const gone = edited !== null && !now && last?.name === edited && last;
  return (
    <>
      <div class="row tools">
        <a class="icon" href="#/library" aria-label={w.back}>
          <Icon name="back" />
        </a>
        <h1 id="categories-title" class="grow" tabIndex={-1}>
          {w.title}
        </h1>
        {can('labeller') && (
          <button type="button" id="categories-new" onClick={() => add(!adding)} aria-expanded={adding}>
            {w.add}
          </button>
        )}
      </div>
      {adding && <NewCategory close={() => add(false)} />}
      <ul class="rows" id="categories-list">
        {(gone ? [gone, ...all] : all).map((category) =>
          category.name === edited ? (
            <Edit key={category.name} category={category} close={edit} />
          ) : (
            <Row key={category.name} category={category} edit={edit} />
          ),
        )}
        {!all.length && <li class="empty-row">{w.none}</li>}
      </ul>
      <p class="hint">{w.polygons}</p>
    </>
  );
}

function Row({ category, edit }: { category: Category; edit: (name: string) => void }) {
  const { name, kind, instructions, colour } = category;
  return (
    <li data-category={name}>
      <i ref={coloured(colour)} class={kind} />
      <span class="main">
        {name}
        <small>{[w.kinds[kind ?? 'box'], instructions].filter(Boolean).join(' · ')}</small>
      </span>
      {can('labeller') && (
        <button type="button" aria-label={w.editNamed(name)} onClick={() => edit(name)}>
          {w.edit}
        </button>
      )}
    </li>
  );
}
