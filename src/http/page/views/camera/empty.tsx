// Why there is no picture, in words, where the picture would be.
import { computed } from '@preact/signals';
import { Icon } from '../../ui/icon';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { status, trouble } from './status';

const w = more.camera;

interface Reason {
  title: string;
  text: string;
}

/** Null where a picture is to be expected. */
export const reason = computed<Reason | null>(() => {
  const camera = status.value?.camera;
  // Before the first answer it is known only whether one comes.
  if (!camera) return trouble.value ? { title: w.none.away, text: trouble.value } : null;
  if (camera.state === 'lost') {
    const since = camera.lost_since;
    return { title: since ? w.none.lostSince(when(since)) : w.none.lost, text: hint(camera.error) };
  }
  const began = camera.width > 0;
  if (camera.state === 'starting' && !began) {
    return camera.error ? { title: w.none.noCamera, text: hint(camera.error) } : { title: w.none.starting, text: '' };
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
