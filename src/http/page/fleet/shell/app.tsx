// The frame around every view: top bar, message, the view, tabs.
import { useSignalEffect } from '@preact/signals';
import { locked } from '../../api/link';
import { Banner } from '../../shell/banner';
import { Stale } from '../../shell/version';
import { Gate } from '../../views/pair/gate';
import { words } from '../../words';
import { fleet } from '../words';
import { route } from './route';
import { HOME_VIEW, ready } from './start';

export function App() {
  useSignalEffect(() => {
    document.body.classList.toggle('locked', locked.value);
  });
  const { view, id } = route.value;
  return (
    <>
      <header class="top">
        <a class="brand" href={HOME_VIEW}>
          <img src="page/icon.svg" alt="" width="26" height="26" />
          Fieldcoach
        </a>
      </header>
      <Stale />
      <Banner />
      <main>{ready.value && view === 'pair' && <Gate code={id} home={HOME_VIEW} />}</main>
      <nav class="tabs" aria-label={words.sections}>
        <a href={HOME_VIEW}>{fleet.tabs.devices}</a>
      </nav>
    </>
  );
}
