// What fills the disk.

import { bytes } from '../../words/format';
import { more } from '../../words/more';
import { status } from './status';

const w = more.disk;

export function DiskUse() {
  const now = status.value;
  if (!now) return null;
  const { total, free, reserve, parts } = now.disk;
  const largest = Math.max(1, ...parts.map((part) => part.bytes));
  return (
    <>
      <h2>{w.title}</h2>
      <div class="card" id="disk">
        <meter min={0} max={total || 1} value={total - free} aria-label={w.used} />
        <p class="state">{w.free(bytes(free), bytes(total), bytes(reserve))}</p>
        {now.store.full && <p class="state danger">{w.full}</p>}
        <ul class="bars">
          {parts
            .filter((part) => part.bytes > 0)
            .map((part) => (
              <li key={part.what}>
                <span class="bar" ref={(bar) => bar?.style.setProperty('width', `${(part.bytes / largest) * 100}%`)} />
                <span class="what">{w.parts[part.what as keyof typeof w.parts] ?? part.what}</span>
                <span class="num">{bytes(part.bytes)}</span>
              </li>
            ))}
        </ul>
        <p class="state">{w.frames(now.store.frames, now.store.labelled, bytes(now.store.budget))}</p>
      </div>
    </>
  );
}
