// The flip book: what each frame looked like to the model, epoch after epoch.
import { useComputed } from '@preact/signals';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { doing } from '../train/running';
import { type OpenBook, openBook } from './book';
import { Compare } from './compare';
import { Curve } from './curve';
import { useFollowed } from './follow';
import { Frames } from './frames';
import { Scatter } from './scatter';
import { Animation } from './share';
import { Suspects } from './suspects';
import { Viewer } from './viewer';

const w = more.book;

export function View({ id = '' }: { id: string | undefined }) {
  const open = openBook(id);
  useFollowed(open);
  const pages = useComputed(() => open.first.epochs.value.length > 0);
  return (
    <>
      <div class="row tools">
        <a class="icon" href="#/train" aria-label={w.back}>
          <Icon name="back" />
        </a>
        <Title open={open} />
        {pages.value && !open.gone.value && <Animation open={open} />}
      </div>
      {open.gone.value ? <Gone /> : <Pages open={open} pages={pages.value} />}
    </>
  );
}

function Pages({ open, pages }: { open: OpenBook; pages: boolean }) {
  return (
    <>
      <State open={open} />
      {open.book.value && !pages && (
        <div id="book-empty" class="empty">
          <h2>{w.noPages}</h2>
          <p>{open.over.value ? w.noPagesEver : w.noPagesYet}</p>
        </div>
      )}
      {pages && <Work key={open.id} open={open} />}
    </>
  );
}

/** Nothing of it is shown any more: its pages could not be loaded. */
function Gone() {
  return (
    <div id="book-gone" class="empty">
      <h2>{w.gone}</h2>
      <p>{w.goneText}</p>
      <a class="button" href="#/device">
        {words.tabs.device}
      </a>
    </div>
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
  const end = training.error ?? training.verdict;
  return (
    <p id="book-state" class="state">
      {[doing(training), ...[end, open.book.value?.note].map((said) => ofDevice(said ?? ''))]
        .filter(Boolean)
        .join(' · ')}
    </p>
  );
}

/** What the figures are, for who wants to know. */
function Terms() {
  return (
    <details class="terms">
      <summary>{w.terms}</summary>
      <ul>
        {w.termList.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}

function Work({ open }: { open: OpenBook }) {
  return (
    <div class="split wide" id="book-work">
      <div>
        <Viewer open={open} />
        <Compare open={open} />
        <Curve open={open} />
        <Terms />
      </div>
      <div>
        <Scatter open={open} />
        <Suspects open={open} />
        <Frames open={open} />
      </div>
    </div>
  );
}
