// What was taken away, and can be put back for a while.

import { useState } from 'preact/hooks';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { useNews } from '../../ui/load';
import { undo } from '../../ui/undo';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { more } from '../../words/more';

const w = more.gone;
type Undo = components['schemas']['Undo'];

export function Gone() {
  const [items, setItems] = useState<Undo[]>([]);
  const load = async () => setItems((await ok(device.GET('/api/v1/undo'))).items);
  useNews(load, ['open', 'audit', 'poll']);
  if (!items.length) return null;
  return (
    <>
      <h2>{w.title}</h2>
      <ul id="gone" class="rows">
        {items.map((item) => (
          <li key={item.id}>
            <span class="main">
              {ofDevice(item.what)}
              <small>{w.until(when(item.until))}</small>
            </span>
            <TaskButton
              task={async () => {
                await undo([item.id]);
                say(words.undone, 'info');
                await load();
              }}
            >
              {w.back}
            </TaskButton>
          </li>
        ))}
      </ul>
    </>
  );
}
