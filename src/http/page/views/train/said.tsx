// What a screen reader says of the training: at each tenth, not at each epoch.
import { useMemo } from 'preact/hooks';
import { words } from '../../words';
import { score } from '../../words/format';
import { best, ended, running } from './state';

const w = words.train;

export function Said() {
  const now = running.value;
  const tenth = now ? Math.floor(now.progress * 10) : 0;
  const progress = useMemo(
    () => (now ? w.saidProgress(w.states[now.state], tenth * 10, score(best(now))) : ''),
    [now?.id, now?.state, tenth],
  );
  const last = ended.value;
  const end = last ? w.saidEnd(w.states[last.state], last.verdict ?? last.error ?? '') : '';
  return (
    <p id="train-said" class="unseen" aria-live="polite">
      {progress || end}
    </p>
  );
}
