// How it stands with the clip that is open, and what to do now: in a line, with a button where it takes a tap.
import { can } from '../../api/access';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { clips as w } from '../../words/clips';
import { isolated } from '../../words/format';
import { reload, retry } from './carry';
import {
  all,
  ask,
  askedHere,
  boxed,
  carrying,
  changed,
  course,
  gone,
  inHand,
  order,
  ready,
  trouble,
  unsent,
} from './clip';

interface Line {
  text: string;
  /** What a tap does, and what its button says. */
  deed?: { name: string; task: () => Promise<void> };
}

export function Said() {
  const { text, deed } = line();
  return (
    <div class="clip-said">
      <p class="hint" id="clip-said" role="status">
        {text}
      </p>
      {deed && (
        <TaskButton id="clip-again" task={deed.task}>
          {deed.name}
        </TaskButton>
      )}
    </div>
  );
}

function line(): Line {
  const there = order.value.length;
  if (gone.value) return { text: w.isGone };
  if (trouble.value) {
    const text = there ? w.notFollowed(trouble.value) : w.notOpened(trouble.value);
    return { text, deed: { name: there ? w.followAgain : words.again, task: retry } };
  }
  if (!there) return { text: w.loading };
  if (carrying.value) return { text: w.carrying };
  if (changed.value) return { text: w.changed, deed: { name: w.loadAgain, task: reload } };
  if (unsent.value) return { text: w.unsent(unsent.value) };
  return { text: toDo() };
}

/** What to do now. */
function toDo(): string {
  if (!can('labeller')) return w.onlyLooks;
  if (!boxed.value.length) return w.noCategory;
  const own = course.value;
  const asked = askedHere.value;
  if (own && asked) return w.why[asked.why](isolated(own.track));
  if (own && !inHand.value) return w.drawAgain(isolated(own.track));
  if (own) return w.correct;
  if (!all.value.length) return w.begin;
  const waiting = order.value.length - ready.value;
  if (ask.value) return w.asksLeft(waiting);
  return waiting ? w.restSure(waiting) : w.allSure;
}
