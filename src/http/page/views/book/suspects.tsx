// What is probably mislabelled: to be looked at, and corrected.
import { useSignal } from '@preact/signals';
import { can } from '../../api/access';
import { leave } from '../../shell/back';
import { useNews } from '../../ui/load';
import { Small } from '../../ui/small';
import { ofDevice } from '../../words/device';
import { more } from '../../words/more';
import { Quoted } from '../train/quoted';
import type { OpenBook } from './book';
import { type Suspects as Known, suspectsOf, tellsAll } from './contract';

const w = more.book;
/** Listed at first, and with each further press. */
const FEW = 5;

export function Suspects({ open }: { open: OpenBook }) {
  const ready = open.over.value && open.book.value !== null && tellsAll(open.book.value);
  // Asked anew whenever one comes here: what was corrected meanwhile is no suspect any more.
  useNews(
    async () => {
      if (ready) open.suspects.value = await suspectsOf(open.id);
    },
    ['open'],
    [open, ready],
  );
  const known = open.suspects.value;
  if (!known || !(known.items.length || known.note)) return null;
  return (
    <>
      <h2>
        {w.suspects} <span class="muted">{known.items.length || ''}</span>
      </h2>
      {known.note && <p class="hint">{ofDevice(known.note)}</p>}
      <List open={open} items={known.items} />
    </>
  );
}

function List({ open, items }: { open: OpenBook; items: Known['items'] }) {
  const most = useSignal(FEW);
  const indices = new Map(open.frames.value.map((frame, n) => [frame.id, n]));
  return (
    <ul class="rows suspects" id="suspects">
      {items.slice(0, most.value).map(({ frame, text }, n) => (
        <li key={n}>
          <button
            type="button"
            class="thumb"
            aria-label={w.showFrame(ofDevice(text))}
            onClick={() => open.choose(indices.get(frame) ?? open.frame.peek())}
          >
            <Small frame={frame} />
          </button>
          <span class="main">
            <Quoted text={text} />
          </span>
          {can('labeller') && (
            <a
              class="button"
              href={`#/label/${frame}`}
              aria-label={w.correct}
              title={w.correct}
              onClick={() => leave(w.backHere)}
            >
              {w.correctShort}
            </a>
          )}
        </li>
      ))}
      {items.length > most.value && (
        <li>
          <button type="button" class="grow" onClick={() => (most.value += FEW * 4)}>
            {w.more(items.length - most.value)}
          </button>
        </li>
      )}
    </ul>
  );
}
