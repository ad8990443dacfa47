// What happened, newest first.
import { useEffect, useState } from 'preact/hooks';
import { ok } from '../../api/client';
import { on } from '../../api/news';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { server } from '../api/client';
import type { HistoryItem, HistoryKind } from '../api/contract';
import { devices } from '../api/fleet';
import { fleet as w } from '../words';

const SLICE = 50;

interface Asked {
  device?: string;
  kind?: HistoryKind;
  limit?: number;
}

/** `named`: with the device's name; `more`: whether there is a way to what was before. */
export function Items({ asked, named = true, more = false }: { asked: Asked; named?: boolean; more?: boolean }) {
  const [items, setItems] = useState<HistoryItem[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const load = async (before?: number) => {
    const query = { limit: SLICE, ...asked, ...(before !== undefined && { before }) };
    const slice = await ok(server.GET('/api/v1/history', { params: { query } }));
    setItems((shown) => {
      if (before !== undefined) return [...(shown ?? []), ...slice.items];
      // What is new goes on top; what was fetched stays.
      const last = slice.items.at(-1)?.id;
      const older = last === undefined ? [] : (shown ?? []).filter(({ id }) => id < last);
      return [...slice.items, ...older];
    });
    if (before !== undefined) setNext(slice.next ?? null);
    else setNext((was) => was ?? slice.next ?? null);
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
