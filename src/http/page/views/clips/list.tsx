// All clips, newest first, and bringing one in.
import { signal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { can } from '../../api/access';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { clips as w } from '../../words/clips';
import { lasting, when } from '../../words/format';
import { arrived, BringIn } from './bring';
import type { Clip } from './contract';
import { Record } from './record';
import { Still } from './still';

const SLICE = 30;
const items = signal<Clip[]>([]);
const next = signal<string | null>(null);
const known = signal(false);
const cameras = signal<string[]>([]);

async function fetchMore(before: string | null): Promise<void> {
  const query = { limit: SLICE, ...(before && { before }) };
  const slice = await ok(device.GET('/api/v1/clips', { params: { query } }));
  items.value = before ? [...items.peek(), ...slice.items] : slice.items;
  next.value = slice.next ?? null;
  known.value = true;
}

const restart = () => void fetchMore(null).catch(say);
const fetchCameras = async () => {
  cameras.value = (await ok(device.GET('/api/v1/cameras'))).items.map(({ id }) => id);
};

export function List() {
  useSignalEffect(() => {
    void arrived.value;
    restart();
  });
  useEffect(() => {
    void fetchCameras().catch(say);
    const ends = (['open', 'deleted', 'restored', 'poll'] as const).map((kind) => on(kind, restart));
    return () => {
      for (const end of ends) end();
    };
  }, []);
  return (
    <>
      <div class="row tools">
        <h1 id="clips-title" class="grow" tabIndex={-1}>
          {w.title}
        </h1>
        <a class="button" href="#/library">
          {words.tabs.library}
        </a>
      </div>
      {can('labeller') && <BringIn />}
      {can('labeller') && <Record cameras={cameras.value} />}
      <ul class="clips" id="clips-list">
        {items.value.map((clip) => (
          <Line key={clip.id} clip={clip} />
        ))}
      </ul>
      {known.value && !items.value.length && <p class="empty">{w.none}</p>}
      {next.value && (
        <div class="row centre">
          <TaskButton task={() => fetchMore(next.peek())}>{w.older}</TaskButton>
        </div>
      )}
    </>
  );
}

function Line({ clip }: { clip: Clip }) {
  return (
    <li>
      <a class="clip" href={`#/clips/${clip.id}`} data-clip={clip.id}>
        <Still frame={clip.first} />
        <span>
          <b>{clip.name || when(clip.taken)}</b>
          <small>{w.about(clip.frames, lasting(clip.seconds), when(clip.taken))}</small>
        </span>
      </a>
    </li>
  );
}
