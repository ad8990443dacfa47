// Who may be here: before anything is shown, and whenever the server no longer knows who asks.
import { signal } from '@preact/signals';
import { learn } from '../../api/access';
import { locked } from '../../api/link';
import { on } from '../../api/news';
import { goOn, keepPlace } from '../../shell/place';
import { listen } from '../api/fleet';
import { reroute, route } from './route';

/** Whether it is known what may be shown. */
export const ready = signal(false);
export const HOME_VIEW = '#/devices';
const home = () => goOn(HOME_VIEW);

on('locked', () => {
  locked.value = true;
  if (route.peek().view === 'pair') return;
  keepPlace(location.hash);
  history.replaceState(null, '', '#/pair');
  reroute();
});
on('paired', () => {
  locked.value = false;
});
// Another tab may have been paired meanwhile, by a code that the camera opened.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && locked.peek()) learn().then(home, () => {});
});

export async function start(): Promise<void> {
  const { view, id: code } = route.peek();
  // Locked until the code is taken.
  if (view === 'pair' && code) locked.value = true;
  else
    await learn().then(
      () => view === 'pair' && home(),
      () => {},
    );
  ready.value = true;
  void listen();
}
