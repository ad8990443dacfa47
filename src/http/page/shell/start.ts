// Who may be here: before anything is shown, and whenever the device no longer knows who asks.
import { learn, me } from '../api/access';
import { locked } from '../api/link';
import { on } from '../api/news';
import { listen } from '../api/stream';
import { FLEET } from './fleet';
import { goOn, keepPlace } from './place';
import { reroute, route } from './route';
import { ready } from './state';

const home = () => goOn('#/camera');

on('locked', () => {
  // A fleet server is paired with on its own page.
  if (FLEET) return location.replace(`${FLEET}#/pair`);
  if (route.peek().view === 'pair') return;
  keepPlace(location.hash);
  history.replaceState(null, '', '#/pair');
  reroute();
});
on('paired', listen);
// Another tab may have been paired meanwhile, by a code that the camera opened.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && locked.peek()) learn().then(home, () => {});
});

export async function start(): Promise<void> {
  const { view, id: code } = route.peek();
  if (view === 'pair' && code) {
    locked.value = true; // until the code is taken
    ready.value = true;
    return;
  }
  const answer = learn().then(
    () => true,
    () => false,
  );
  // From an earlier visit it is known what to show, whether or not the device answers now.
  const known = me.peek() && view !== 'pair' ? null : await answer;
  ready.value = true;
  if (known && view === 'pair') home();
  else if (!locked.peek()) listen();
}
