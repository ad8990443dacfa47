// Which frames one goes through: those to label, those to confirm, those to finish; and how far the device has come.
import { Segmented } from '../../ui/button';
import { more } from '../../words/more';
import { phases } from './counts';
import { choose } from './goal';
import { type Goal, goal } from './state';

const w = more.labelRest;
const GOALS: Goal[] = ['unlabelled', 'labelled', 'reviewed'];

export function Goals() {
  const there = phases.value;
  const at = GOALS.indexOf(goal.value);
  const counts = there ? [there.unlabelled, there.labelled, there.reviewed, there.final] : null;
  // Of those that came this far, how many went on.
  const reached = counts?.slice(at).reduce((sum, n) => sum + n, 0) ?? 0;
  const done = reached - (counts?.[at] ?? 0);
  return (
    <div class="which">
      <Segmented
        label={w.goal}
        prefix="goal"
        value={goal.value}
        options={GOALS.map((one, i) => [one, w.goals[one](counts?.[i] ?? null)] as const)}
        choose={choose}
      />
      <progress id="goal-progress" aria-label={w.goalDone(done, reached)} max={Math.max(1, reached)} value={done} />
    </div>
  );
}
