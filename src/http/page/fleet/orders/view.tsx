// Orders: commands to many devices, and what became of them.
import { signal } from '@preact/signals';
import { can } from '../../api/access';
import { ok } from '../../api/client';
import { TaskButton } from '../../ui/button';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { when } from '../../words/format';
import { server } from '../api/client';
import type { Command, Order } from '../api/contract';
import { joined } from '../devices/told';
import { fleet as w } from '../words';
import { inWords } from './body';
import { NewOrder } from './new';
import { OrderView } from './order';
import { tally } from './tally';

/** As last heard, newest first; null before that. */
const orders = signal<Order[] | null>(null);
/** Where those before them begin; null where there are none. */
const next = signal<string | null>(null);

async function load(before?: string): Promise<void> {
  const slice = await ok(server.GET('/api/v1/orders', { params: { query: before ? { before } : {} } }));
  const known = orders.peek() ?? [];
  // What was fetched of before stays.
  const at = known.findIndex(({ id }) => id === slice.items.at(-1)?.id);
  orders.value = before ? [...known, ...slice.items] : [...slice.items, ...(at < 0 ? [] : known.slice(at + 1))];
  if (before || at < 0 || at === known.length - 1) next.value = slice.next ?? null;
}

export function View({ id }: { id: string | undefined }) {
  if (id === 'new') return <NewOrder />;
  return id ? <OrderView id={id} key={id} /> : <List />;
}

function List() {
  useNews(() => load(), ['poll', 'open']);
  const all = orders.value;
  return (
    <>
      <h1 id="orders-title" class="quiet" tabIndex={-1}>
        {w.tabs.orders}
      </h1>
      <ul id="orders" class="rows">
        {all?.map((order) => {
          const { done, failed, all } = tally(order);
          return (
            <li key={order.id}>
              <a href={`#/orders/${order.id}`}>
                <span class="main">
                  {w.commands[order.command as Command] ?? order.command}
                  <small>
                    {joined([
                      inWords(order.body),
                      w.orderDone(done, all),
                      failed > 0 && w.orderFailed(failed),
                      when(order.made),
                    ])}
                  </small>
                </span>
                <span class={`badge ${{ done: failed ? '' : 'good', stopped: 'bad' }[order.state as string] ?? ''}`}>
                  {w.orderStates[order.state]}
                </span>
              </a>
            </li>
          );
        })}
        {all?.length === 0 && <li class="empty-row">{w.noOrders}</li>}
      </ul>
      {next.value && (
        <div class="row">
          <TaskButton class="full" id="orders-more" task={() => load(next.peek() ?? undefined)}>
            {words.more}
          </TaskButton>
        </div>
      )}
      {can('labeller') && <p class="hint">{w.orderHow}</p>}
    </>
  );
}
