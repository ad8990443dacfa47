// Filming with a camera of the device, now: also in the view of the camera.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { clips as w } from '../../words/clips';
import { ofDevice } from '../../words/device';
import { isolated } from '../../words/format';
import { arrived } from './bring';
import type { FilmImport } from './contract';

/** Seconds that are filmed, unless it is stopped before. */
const SECONDS = 60;
/** How often the device is asked how far it is, ms. */
const ASK = 500;

/** What each camera films, or filmed last while this page was open. */
const films = signal<ReadonlyMap<string, FilmImport>>(new Map());
const put = (film: FilmImport) => {
  if (film.camera) films.value = new Map(films.peek()).set(film.camera, film);
};

/** Those that are asked after already. */
const followed = new Set<string>();

async function follow(film: FilmImport): Promise<void> {
  put(film);
  if (followed.has(film.clip)) return;
  followed.add(film.clip);
  try {
    for (let now = film; now.state === 'running'; ) {
      await new Promise((done) => setTimeout(done, ASK));
      now = await ok(device.GET('/api/v1/clips/{id}/import', { params: { path: { id: film.clip } } }));
      put(now);
    }
    arrived.value += 1;
  } catch (error) {
    say(error); // once the device answers again, it is asked anew
  }
  followed.delete(film.clip);
}

/** What is filmed already, by whomever. */
async function look(): Promise<void> {
  const { items } = await ok(device.GET('/api/v1/clips/record'));
  for (const film of items) void follow(film);
}

async function begin(camera: string): Promise<void> {
  void follow(await ok(device.POST('/api/v1/clips/record', { body: { camera, seconds: SECONDS } })));
}

async function stop({ clip: id }: FilmImport): Promise<void> {
  put(await ok(device.DELETE('/api/v1/clips/{id}/import', { params: { path: { id } } })));
}

/** A button that films with each of these cameras; `named`: it says with which. */
export function Record({ cameras, named = cameras.length > 1 }: { cameras: readonly string[]; named?: boolean }) {
  useEffect(() => {
    const again = () => void look().catch(() => {});
    again();
    const ends = [on('open', again), on('poll', again)];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  return (
    <>
      {cameras.map((camera) => (
        <One key={camera} camera={camera} name={named ? isolated(camera) : ''} />
      ))}
    </>
  );
}

function One({ camera, name }: { camera: string; name: string }) {
  const film = films.value.get(camera);
  if (film?.state === 'running')
    return (
      <div class="card" id={`filming-${camera}`}>
        <progress max={film.of ?? SECONDS} value={film.seconds} aria-label={w.film(name)} />
        <p class="state" role="status">
          {w.filming(Math.floor(film.seconds), film.of ?? SECONDS, film.frames)}
        </p>
        <div class="row">
          <TaskButton class="grow primary" id={`film-end-${camera}`} task={() => stop(film)}>
            {w.filmEnd}
          </TaskButton>
        </div>
      </div>
    );
  return (
    <div>
      <div class="row">
        <TaskButton class="grow" id={`film-${camera}`} task={() => begin(camera)}>
          {w.film(name)}
        </TaskButton>
      </div>
      {film && (
        <p class="hint" id={`filmed-${camera}`} role="status">
          {film.error ? ofDevice(film.error) : w.filmed(film.frames)} <a href={`#/clips/${film.clip}`}>{w.openIt}</a>
        </p>
      )}
    </div>
  );
}
