// Why there is no picture, in words, where the picture would be.
import { computed } from '@preact/signals';
import { Icon } from '../../ui/icon';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { camera } from './chosen';
import { trouble } from './status';

const w = more.camera;

interface Reason {
  title: string;
  text: string;
}

/** Null where a picture is to be expected. */
export const reason = computed<Reason | null>(() => {
  const now = camera.value;
  // Before the first answer it is known only whether one comes.
  if (!now) return trouble.value ? { title: w.none.away, text: trouble.value } : null;
  if (now.state === 'lost') {
    const since = now.lost_since;
    return { title: since ? w.none.lostSince(when(since)) : w.none.lost, text: hint(now.error) };
  }
  const began = now.width > 0;
  if (now.state === 'starting' && !began) {
    return now.error ? { title: w.none.noCamera, text: hint(now.error) } : { title: w.none.starting, text: '' };
  }
  return null;
});

const hint = (error: string | null | undefined) => w.none.hint(error ?? '');

export function Nothing({ reason: { title, text } }: { reason: Reason }) {
  return (
    <div class="card nothing" id="no-picture" role="status">
      <span class="icon">
        <Icon name="camera" />
      </span>
      <p class="main">{title}</p>
      {text && <p class="state">{text}</p>}
    </div>
  );
}
