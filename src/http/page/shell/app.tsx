// The frame around every view: top bar, message, the view, tabs.
import { signal, useSignalEffect } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { locked } from '../api/link';
import { on } from '../api/news';
import { readSaid } from '../offline/said';
import { Icon } from '../ui/icon';
import { UndoBar } from '../ui/undo';
import { View as Labelling } from '../views/label/view';
import { words } from '../words';
import { takeScroll } from './back';
import { badge } from './badge';
import { Banner, hush } from './banner';
import { type Route, route, tab, type View } from './route';
import { ready } from './state';
import { styled } from './styles';
import { Top } from './top';
import { Stale } from './version';

type Shown = FunctionComponent<{ id: string | undefined }>;

// Labelling must not wait for what only the others need, nor these for what only films need.
const others = () => Promise.all([import('../views/others'), styled()]);
const clips = () => Promise.all([import('../views/clips/view'), styled()]);
// What was said in a clip at an earlier visit is sent by those.
const sendSaid = async () => (await readSaid()) && clips();
void sendSaid().catch(() => {});
on('me', () => void sendSaid().catch(() => {}));
const loaded = signal<Partial<Record<View, Shown>>>({ label: Labelling });
const missing = signal<View | null>(null);

async function load(view: View): Promise<void> {
  if (loaded.peek()[view]) return;
  try {
    if (view === 'clips') {
      const [{ View }] = await clips();
      loaded.value = { ...loaded.peek(), clips: View };
    } else {
      const [shown] = await others();
      loaded.value = { ...loaded.peek(), ...shown, label: Labelling };
    }
    missing.value = null;
  } catch {
    missing.value = view;
  }
}

export function App() {
  useSignalEffect(() => {
    if (ready.value) void load(route.value.view);
  });
  useSignalEffect(() => {
    document.body.classList.toggle('locked', locked.value);
  });
  return (
    <>
      <Top />
      <Stale />
      <Banner />
      <main>{ready.value && <Section route={route.value} />}</main>
      <UndoBar />
      <Tabs />
    </>
  );
}

function Section({ route: { view, id } }: { route: Route }) {
  const before = useRef<View | null>(null);
  const shown = loaded.value[view];
  const there = Boolean(shown);
  useEffect(() => {
    if (!there || before.current === view) return;
    const first = before.current === null;
    before.current = view;
    if (first) return;
    hush();
    scrollTo(0, takeScroll());
    document.getElementById(`${view}-title`)?.focus({ preventScroll: true });
  }, [view, there]);
  const Shown = shown;
  return (
    <section id={view} key={view} aria-labelledby={`${view}-title`}>
      {Shown ? <Shown id={id} /> : missing.value === view && <Missing view={view} />}
    </section>
  );
}

/** A part of the page that could not be fetched: no network, or the device has another page by now. */
function Missing({ view }: { view: View }) {
  return (
    <div class="empty">
      <h1 id={`${view}-title`} tabIndex={-1}>
        {words.missing.title}
      </h1>
      <p>{words.missing.text}</p>
      <div class="row centre">
        <button type="button" onClick={() => load(view)}>
          {words.again}
        </button>
        <button type="button" onClick={() => location.reload()}>
          {words.reload}
        </button>
      </div>
    </div>
  );
}

const TABS = ['camera', 'label', 'library', 'train', 'device'] as const;

function Tabs() {
  return (
    <nav class="tabs" aria-label={words.sections}>
      {TABS.map((name) => (
        <a key={name} href={`#/${name}`} data-tab={name} aria-current={tab.value === name ? 'page' : undefined}>
          <span class="sign">
            <Icon name={name} />
            {name === 'train' && badge.value && <span class="mark" data-training={badge.value} />}
          </span>
          {words.tabs[name]}
          {name === 'train' && badge.value && <span class="unseen">, {words.badge[badge.value]}</span>}
        </a>
      ))}
    </nav>
  );
}
