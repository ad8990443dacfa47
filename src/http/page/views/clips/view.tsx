// Clips: films that came in, and one of them with its labels. A part of the page of its own: nobody loads it who has no films. As
// it imports all of what is loaded at once, that is one file (see views/others.ts).
import '../../main';
import { Inside } from './inside';
import { List } from './list';

export { Record } from './record';

export function View({ id }: { id: string | undefined }) {
  return id ? <Inside key={id} id={id} /> : <List />;
}
