// All frames of the device: found by what is known of them, and dealt with many at a time.
import { useEffect } from 'preact/hooks';
import { can } from '../../api/access';
import { loadCategories } from '../../api/categories';
import { on } from '../../api/news';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { more } from '../../words/more';
import { Actions } from './actions';
import { count } from './counts';
import { Filters } from './filters';
import { Grid } from './grid';
import { selecting, stop } from './selected';
import { arrive, drop, follow, shelf } from './shelf';

const w = more.library;

export function View() {
  useNews(async () => {
    await Promise.all([count(), loadCategories()]);
  }, ['labels', 'frame', 'deleted', 'restored', 'poll', 'open']);
  useEffect(() => {
    if (!shelf.items.peek().length) shelf.restart();
    const ends = [
      on('labels', (labels) => follow(labels.frame, labels.phase, labels.revision)),
      on('frame', arrive),
      on('deleted', ({ frames }) => drop(frames)),
      on('restored', shelf.restart),
      on('open', shelf.restart),
    ];
    return () => {
      stop();
      for (const end of ends) end();
    };
  }, []);
  return (
    <>
      <div class="row tools">
        <h1 id="library-title" class="grow" tabIndex={-1}>
          {w.title}
        </h1>
        <a class="button" id="library-clips" href="#/clips">
          {w.clips}
        </a>
        <a class="button" href="#/categories">
          {w.categories}
        </a>
        {can('labeller') && (
          <button
            type="button"
            id="library-select"
            aria-pressed={selecting.value}
            onClick={() => {
              if (selecting.peek()) stop();
              else selecting.value = true;
            }}
          >
            {selecting.value ? words.cancel : w.select}
          </button>
        )}
      </div>
      <Filters />
      <Grid />
      {selecting.value && <Actions />}
    </>
  );
}
