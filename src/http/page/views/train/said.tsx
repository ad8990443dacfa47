// What a screen reader says of the training: at each tenth, not at each epoch.
import { useMemo } from 'preact/hooks';
import type { Training } from '../../api/types';
import { ofDevice } from '../../words/device';
import { more } from '../../words/more';
import { ranked } from './course';
import { doing } from './running';
import { ended, running } from './state';
import { finds, ofMetrics } from './tell';

const w = more.train;

export function Said() {
  const now = running.value;
  const tenth = now ? Math.floor(now.progress * 10) : 0;
  const progress = useMemo(() => (now ? said(now, tenth) : ''), [now?.id, now?.state, tenth]);
  const last = ended.value;
  const end = last
    ? w.saidEnd(w.states[last.state], ofDevice(last.outcome?.text ?? last.verdict ?? last.error ?? ''))
    : '';
  return (
    <p id="train-said" class="unseen" aria-live="polite">
      {progress || end}
    </p>
  );
}

function said(training: Training, tenth: number): string {
  const [leader] = ranked(training.experiments);
  return w.saidProgress(doing(training), tenth * 10, leader ? finds(w.tells, ofMetrics(leader.metrics)) : '');
}
