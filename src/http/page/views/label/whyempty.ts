// Why no frame is in view, in a line.
import { can } from '../../api/access';
import { words } from '../../words';
import { empty, goal } from './state';

const w = words.label;

export function whyEmpty(): string {
  switch (empty.value) {
    case 'stranded':
    case 'unheard':
      return w.noMoreHere;
    case 'unreached':
      return w.unreached;
    default:
      return can('labeller') ? w.nothingLeft[goal.value] : w.nothingYet;
  }
}
