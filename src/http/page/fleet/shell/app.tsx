// The frame around every view: top bar, what is not as it should be, the view, tabs.
import { signal, useSignalEffect } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { connected, locked } from '../../api/link';
import { Banner, hush } from '../../shell/banner';
import { Stale } from '../../shell/version';
import { Gate } from '../../views/pair/gate';
import { words } from '../../words';
import { devices } from '../api/fleet';
import { View as Device } from '../device/view';
import { View as Devices } from '../devices/view';
import { Drawing } from '../ui/icon';
import { fleet as w } from '../words';
import { type Route, route, type View } from './route';
import { Standing } from './standing';
import { HOME_VIEW, ready } from './start';

type Shown = FunctionComponent<{ id: string | undefined }>;
type Other = 'orders' | 'history' | 'people';

const others = signal<Record<Other, Shown> | 'missing' | null>(null);

async function load(): Promise<void> {
  try {
    others.value = await import('../others');
  } catch {
    others.value = 'missing';
  }
}

const TABS = ['devices', 'orders', 'history', 'people'] as const;

export function App() {
  useSignalEffect(() => {
    document.body.classList.toggle('locked', locked.value);
  });
  useSignalEffect(() => {
    const { view, id } = route.value;
    const what = view === 'pair' ? '' : view === 'devices' && id ? (devices.value?.get(id)?.name ?? id) : w.tabs[view];
    document.title = [what, 'Fieldcoach'].filter(Boolean).join(' · ');
  });
  return (
    <>
      <Top />
      <Stale />
      <Standing />
      <Banner />
      <main>{ready.value && <Section route={route.value} />}</main>
      <nav class="tabs" aria-label={words.sections}>
        {TABS.map((name) => (
          <a key={name} href={`#/${name}`} aria-current={route.value.view === name ? 'page' : undefined}>
            <Drawing name={name} />
            {w.tabs[name]}
          </a>
        ))}
      </nav>
    </>
  );
}

function Top() {
  const state = connected.value ? words.link.on : locked.value ? words.link.locked : words.link.off;
  const { view, id } = route.value;
  return (
    <header class="top">
      <a class="brand" href={HOME_VIEW}>
        <img src="page/icon.svg" alt="" width="26" height="26" />
        {view === 'devices' && id ? w.title : 'Fieldcoach'}
      </a>
      <span class="device" />
      <span class={`dot ${connected.value ? 'on' : 'off'}`} id="link" role="img" aria-label={state} title={state} />
    </header>
  );
}

/** How far down the list of devices was scrolled when it was left. */
let scrolled = 0;

function Section({ route: { view, id } }: { route: Route }) {
  const place = `${view}/${view === 'devices' ? (id ?? '') : ''}`;
  const before = useRef<string | null>(null);
  useEffect(() => {
    const was = before.current;
    before.current = place;
    if (was === null || was === place) return;
    hush();
    scrollTo(0, place === 'devices/' ? scrolled : 0);
    document.getElementById(`${view}-title`)?.focus({ preventScroll: true });
  }, [place]);
  useEffect(() => {
    if (place !== 'devices/') return;
    const keep = () => {
      scrolled = scrollY;
    };
    addEventListener('scroll', keep, { passive: true });
    return () => removeEventListener('scroll', keep);
  }, [place]);
  return (
    <section id={`view-${view}`} key={place}>
      <Shown view={view} id={id} />
    </section>
  );
}

function Shown({ view, id }: { view: View; id: string | undefined }) {
  if (view === 'pair') return <Gate code={id} home={HOME_VIEW} />;
  if (view === 'devices') return id ? <Device id={id} key={id} /> : <Devices />;
  return <Others view={view} id={id} />;
}

function Others({ view, id }: { view: Other; id: string | undefined }) {
  const there = others.value;
  useEffect(() => {
    if (!there) void load();
  }, [there]);
  if (there === null) return null;
  if (there === 'missing') return <Missing view={view} />;
  const Found = there[view];
  return <Found id={id} />;
}

/** A part of the page that could not be fetched: no network, or the server has another page by now. */
function Missing({ view }: { view: View }) {
  return (
    <div class="empty">
      <h1 id={`${view}-title`} tabIndex={-1}>
        {words.missing.title}
      </h1>
      <p>{words.missing.text}</p>
      <div class="row centre">
        <button type="button" onClick={load}>
          {words.again}
        </button>
        <button type="button" onClick={() => location.reload()}>
          {words.reload}
        </button>
      </div>
    </div>
  );
}
