// What became of an order, device by device.
import { useState } from 'preact/hooks';
import { can } from '../../api/access';
import { ok } from '../../api/client';
import { TaskButton } from '../../ui/button';
import { useNews } from '../../ui/load';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { of, server } from '../api/client';
import type { Command, Order, OrderDevice } from '../api/contract';
import { devices } from '../api/fleet';
import { joined } from '../devices/told';
import { fleet as w } from '../words';
import { inWords } from './body';
import { tally } from './tally';

/** Between two looks at one that is not over, ms. */
const SOON = 1_500;
const OVER = ['stopped', 'done'];
/** What went wrong first, then what is under way. */
const RANK: OrderDevice['state'][] = ['failed', 'expired', 'sent', 'waiting', 'done'];

export function OrderView({ id }: { id: string }) {
  const [order, setOrder] = useState<Order | null>(null);
  useNews(async () => {
    for (;;) {
      const now = await ok(server.GET('/api/v1/orders/{id}', of(id)));
      setOrder(now);
      if (OVER.includes(now.state) || document.hidden || !location.hash.endsWith(id)) return;
      await new Promise((done) => setTimeout(done, SOON));
    }
  }, ['poll', 'open']);
  if (!order) return <h1 class="quiet">{w.tabs.orders}</h1>;
  const { done, failed, all } = tally(order);
  const ranked = order.devices.toSorted((a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state));
  return (
    <>
      <div class="row between">
        <h1 id="orders-title" tabIndex={-1}>
          {w.commands[order.command as Command] ?? order.command}
        </h1>
        <span class="badge" id="order-state" data-state={order.state}>
          {w.orderStates[order.state]}
        </span>
      </div>
      <progress value={done + failed} max={all} aria-label={w.orderStates[order.state]} />
      <p class="state" role="status">
        {joined([w.orderDone(done, all), failed > 0 && w.orderFailed(failed)])}
      </p>
      <p class="hint">{order.stopped ? w.orderStopped(ofDevice(order.stopped)) : w.orderWhat[order.state]}</p>
      <p class="hint">
        {joined([
          inWords(order.body),
          order.by && w.orderBy(order.by),
          when(order.made),
          w.orderUntil(when(order.expires)),
        ])}
      </p>
      <ul id="order-devices" class="rows">
        {ranked.map(({ id, state, words: said }) => (
          <li key={id} data-device={id}>
            <span class="main">
              <a href={`#/devices/${encodeURIComponent(id)}`}>{devices.value?.get(id)?.name ?? id}</a>
              {said && <small>{ofDevice(said)}</small>}
            </span>
            <span class={`badge ${{ done: 'good', failed: 'bad', expired: 'bad' }[state as string] ?? ''}`}>
              {w.orderDeviceStates[state]}
            </span>
          </li>
        ))}
      </ul>
      {!OVER.includes(order.state) && can('labeller') && (
        <div class="row">
          <TaskButton
            id="order-cancel"
            class="grow danger"
            task={async () => {
              setOrder(await ok(server.POST('/api/v1/orders/{id}/cancel', of(id))));
            }}
          >
            {w.cancelOrder}
          </TaskButton>
        </div>
      )}
    </>
  );
}
