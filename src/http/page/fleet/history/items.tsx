// What happened, newest first.
import { useEffect, useState } from 'preact/hooks';
import { on } from '../../api/news';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { ask } from '../api/client';
import type { History, HistoryItem } from '../api/contract';
import { devices } from '../api/fleet';
import { fleet as w } from '../words';

const SLICE = 50;

interface Asked {
  device?: string | undefined;
  kind?: string | undefined;
  limit?: number;
}

/** `named`: with the device's name; `more`: whether there is a way to what was before. */
export function Items({ asked, named = true, more = false }: { asked: Asked; named?: boolean; more?: boolean }) {
  const [items, setItems] = useState<HistoryItem[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const load = async (before?: number) => {
    const query = { limit: SLICE, ...asked, before };
    const slice = await ask<History>('GET', 'history', { query });
    setItems((shown) => {
      if (before !== undefined) return [...(shown ?? []), ...slice.items];
      // What is new goes on top; what was fetched stays.
      const last = slice.items.at(-1)?.id;
      const older = last === undefined ? [] : (shown ?? []).filter(({ id }) => id < last);
      return [...slice.items, ...older];
    });
    if (before !== undefined) setNext(slice.next);
    else setNext((was) => was ?? slice.next);
  };
  useEffect(() => {
    setItems(null);
    setNext(null);
    load().catch(say);
    const ends = [on('poll', () => void load().catch(() => {})), on('open', () => void load().catch(() => {}))];
    return () => {
      for (const end of ends) end();
    };
  }, [asked.device, asked.kind]);
  return (
    <>
      <ul class="rows history">
        {items?.map(({ id, at, device, kind, words: said }) => (
          <li key={id} data-kind={kind}>
            <i class={`kind ${kind}`} aria-hidden="true" />
            <span class="main">
              {named && (
                <>
                  <a href={`#/devices/${encodeURIComponent(device)}`}>
                    {devices.value?.get(device)?.name ?? device}
                  </a>{' '}
                </>
              )}
              {ofDevice(said)}
              <small>
                {w.kinds[kind] ?? kind} · {when(at)}
              </small>
            </span>
          </li>
        ))}
        {items?.length === 0 && <li class="empty-row">{w.nothingYet}</li>}
      </ul>
      {more && next !== null && (
        <div class="row">
          <TaskButton class="full" id="history-more" task={() => load(next)}>
            {words.more}
          </TaskButton>
        </div>
      )}
    </>
  );
}
