// The flip book: what each frame looked like to the model, epoch after epoch.
import { useComputed } from '@preact/signals';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import { when } from '../../words/format';
import { type OpenBook, openBook } from './book';
import { Curve } from './curve';
import { useFollowed } from './follow';
import { Frames } from './frames';
import { Legend, Viewer } from './page';
import { Scatter } from './scatter';
import { Animation } from './share';

const w = words.book;

export function View({ id = '' }: { id: string | undefined }) {
  const open = openBook(id);
  useFollowed(open);
  const pages = useComputed(() => open.epochs.value.length > 0);
  const none = open.book.value !== null && !pages.value;
  return (
    <>
      <div class="row tools">
        <a class="icon" href="#/train" aria-label={w.back}>
          <Icon name="back" />
        </a>
        <Title open={open} />
        {pages.value && <Animation open={open} />}
      </div>
      <State open={open} />
      {none && (
        <div id="book-empty" class="empty">
          <h2>{w.noPages}</h2>
          <p>{open.over.value ? w.noPagesEver : w.noPagesYet}</p>
        </div>
      )}
      {pages.value && <Work key={id} open={open} />}
    </>
  );
}

function Title({ open }: { open: OpenBook }) {
  const training = open.training.value;
  return (
    <h1 id="book-title" class="grow" tabIndex={-1}>
      {training ? w.titleOf(when(training.created)) : w.title}
    </h1>
  );
}

function State({ open }: { open: OpenBook }) {
  const training = open.training.value;
  if (!training) return <p id="book-state" class="state" />;
  const now = training.state === 'training' ? training.activity : training.state;
  const end = training.error ?? training.verdict;
  return (
    <p id="book-state" class="state">
      {[now, end].filter(Boolean).join(' · ')}
    </p>
  );
}

function Work({ open }: { open: OpenBook }) {
  return (
    <div class="split wide" id="book-work">
      <div>
        <Viewer open={open} />
        <Legend />
        <Curve open={open} />
      </div>
      <div>
        <Scatter open={open} />
        <Frames open={open} />
      </div>
    </div>
  );
}
