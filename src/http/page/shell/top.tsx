// The top bar: what it is, what waits to be sent, which device, and whether it answers.
import { me } from '../api/access';
import { connected, locked } from '../api/link';
import { late } from '../offline/late';
import '../offline/outbox';
import { words } from '../words';
import { FLEET } from './fleet';

export function Top() {
  const state = connected.value ? words.link.on : locked.value ? words.link.locked : words.link.off;
  return (
    <header class="top">
      <a class="brand" href={FLEET ?? '#/camera'}>
        <img src="page/icon.svg" alt="" width="26" height="26" />
        {FLEET ? words.fleet : 'Fieldcoach'}
      </a>
      <a
        class="unsent"
        id="unsent"
        href="#/label"
        data-count={late.value}
        hidden={!late.value}
        title={words.unsentTitle(late.value)}
      >
        {words.unsent(late.value)}
      </a>
      <span class="device" id="device-name">
        {me.value?.device}
      </span>
      <span class={`dot ${connected.value ? 'on' : 'off'}`} id="link" role="img" aria-label={state} title={state} />
    </header>
  );
}
