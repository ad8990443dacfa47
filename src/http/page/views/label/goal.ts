// Another phase's queue.
import { say } from '../../shell/banner';
import { more } from '../../words/more';
import { type Goal, goal, note } from './state';
import { held, restart } from './travel';

const w = more.labelRest;

export function choose(wanted: Goal): void {
  if (wanted === goal.peek() || held()) return;
  goal.value = wanted;
  restart()
    .then(() => {
      note.value ||= w.goalHelp[wanted];
    })
    .catch(say);
}
