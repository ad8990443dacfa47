// Training by itself, once enough is new: a setting, for admins.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { device, ok } from '../../api/client';
import { say } from '../../shell/banner';
import { useNews } from '../../ui/load';
import { more } from '../../words/more';

const w = more.train;
/** New frames that are proposed when it is switched on: half of what makes a good model (README.md). */
const PROPOSED = 25;
/** The most that the device takes (`train.auto`). */
const MOST = 100_000;

/** New labelled frames after which it trains, 0 for never; null where the device does not say. */
const auto = signal<number | null>(null);

async function load(): Promise<void> {
  const { settings } = await ok(device.GET('/api/v1/settings'));
  auto.value = settings.train.auto ?? null;
}

export function Auto() {
  const [busy, setBusy] = useState(false);
  useNews(load, ['open', 'fleet']);
  const n = auto.value;
  if (n === null) return null;
  const set = async (wanted: number) => {
    setBusy(true);
    try {
      await ok(device.PATCH('/api/v1/settings', { body: { train: { auto: wanted } } }));
      await load();
    } catch (error) {
      say(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form id="auto" class="card" onSubmit={(event) => event.preventDefault()}>
      <label class="tick">
        <input
          type="checkbox"
          role="switch"
          aria-checked={n > 0}
          id="auto-on"
          checked={n > 0}
          disabled={busy}
          onChange={(event) => void set(event.currentTarget.checked ? PROPOSED : 0)}
        />
        <span>
          <b>{w.auto}</b>
          <small>{w.autoText}</small>
        </span>
      </label>
      {n > 0 && (
        <label>
          {w.autoFrames}
          <input
            type="number"
            id="auto-frames"
            inputMode="numeric"
            min={1}
            max={MOST}
            value={n}
            disabled={busy}
            onChange={(event) => {
              const wanted = event.currentTarget.valueAsNumber;
              if (Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST) void set(wanted);
              else event.currentTarget.value = String(n);
            }}
          />
        </label>
      )}
    </form>
  );
}
