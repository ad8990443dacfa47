// Shooting or choosing a film, and how far it is on its way.
import { signal } from '@preact/signals';
import { say } from '../../shell/banner';
import { words } from '../../words';
import { clips as w } from '../../words/clips';
import { bring } from './film';
import type { Told } from './told';

/** A film on its way: it goes on while one looks at other views. */
const way = signal<Told | null>(null);
let stop = new AbortController();
/** Takes away what was told of the film before. */
let hush = () => {};
/** How many films have come to their end, whichever. */
export const arrived = signal(0);

async function take(file: File | undefined): Promise<void> {
  if (!file || way.peek()) return;
  stop = new AbortController();
  hush();
  way.value = { share: 0, text: w.loading };
  const from = location.hash;
  try {
    const clip = await bring(
      file,
      (told) => {
        way.value = told;
      },
      stop.signal,
    );
    if (location.hash === from) location.hash = `#/clips/${clip}`;
  } catch (error) {
    hush = say(error, stop.signal.aborted ? 'info' : 'error');
  }
  way.value = null;
  arrived.value += 1;
}

export function BringIn() {
  const now = way.value;
  if (now)
    return (
      <div class="card" id="film-way">
        <progress max={1} value={now.share} aria-label={now.text} />
        <p class="state" role="status">
          {now.text}
        </p>
        <div class="row">
          <button type="button" id="film-stop" onClick={() => stop.abort()}>
            {words.cancel}
          </button>
        </div>
      </div>
    );
  const picked = (event: { currentTarget: HTMLInputElement }) => void take(event.currentTarget.files?.[0]);
  return (
    <div class="row">
      <label class="button grow file primary">
        {w.shoot}
        <input type="file" id="film-shoot" accept="video/*" capture="environment" onChange={picked} />
      </label>
      <label class="button grow file">
        {w.choose}
        <input type="file" id="film-choose" accept="video/*" onChange={picked} />
      </label>
    </div>
  );
}
