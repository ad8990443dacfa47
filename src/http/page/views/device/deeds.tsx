// What people did.
import { useState } from 'preact/hooks';
import { device, ok } from '../../api/client';
import type { AuditEntry } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { more } from '../../words/more';

const w = more.device;

export function Deeds() {
  const [entries, setEntries] = useState<AuditEntry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  useNews(async () => {
    const newest = await ok(device.GET('/api/v1/audit', { params: { query: { limit: 20 } } }));
    setEntries((shown) => {
      const known = new Set(shown?.map((entry) => entry.id));
      const fresh = newest.items.filter((entry) => !known.has(entry.id));
      // More may be shown already: what is new goes on top.
      if (shown && fresh.length < newest.items.length) return [...fresh, ...shown];
      setNext(newest.next ?? null);
      return newest.items;
    });
  }, ['audit', 'poll', 'open']);
  const older = async () => {
    const slice = await ok(
      device.GET('/api/v1/audit', { params: { query: { limit: 50, ...(next && { before: next }) } } }),
    );
    setEntries((shown) => [...(shown ?? []), ...slice.items]);
    setNext(slice.next ?? null);
  };
  return (
    <>
      <h2>{w.whatDid}</h2>
      <ul id="audit" class="rows">
        {entries?.map((entry) => (
          <li key={entry.id}>
            <span class="main">
              {[ofDevice(entry.what), readable(entry.about ?? '')].filter(Boolean).join(': ')}
              <small>
                {[entry.who, entry.role !== entry.who && entry.role, entry.address].filter(Boolean).join(' · ')}
              </small>
            </span>
            <span class="side">
              <small>{when(entry.time)}</small>
            </span>
          </li>
        ))}
        {entries?.length === 0 && <li class="empty-row">{w.nothingDid}</li>}
      </ul>
      {next && (
        <div class="row">
          <TaskButton class="full" id="audit-more" task={older}>
            {words.more}
          </TaskButton>
        </div>
      )}
    </>
  );
}

/** An address as a person writes it. */
function readable(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
