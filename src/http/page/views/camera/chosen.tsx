// Which of several cameras is looked at. Remembered; where that one is gone, it is the first.
import { computed, signal } from '@preact/signals';
import { HOME } from '../../api/client';
import { more } from '../../words/more';
import { status } from './status';

// Under a proxy several devices share a browser's storage.
const KEY = `fieldcoach.camera:${HOME}`;

const wanted = signal(remembered());

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // the first, each time
  }
}

const all = computed(() => status.value?.cameras ?? []);
/** How the camera that is looked at is; undefined before that is known. */
export const camera = computed(() => all.value.find(({ id }) => id === wanted.value) ?? all.value[0]);
/** Its id, where there are several; else null: all there is is of the only one. */
export const chosen = computed(() => (all.value.length > 1 ? (camera.value?.id ?? null) : null));
/** For requests. */
export const ofChosen = () => (chosen.peek() ? { camera: chosen.peek() } : {});
/** Whether something of this camera is to be seen now; of none named, it is. */
export const isChosen = (id: string | null | undefined) => !chosen.value || !id || id === chosen.value;

export function choose(id: string): void {
  wanted.value = id;
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // the first, next time
  }
}

/** `before` is called before another is looked at. */
export function Cameras({ before }: { before: () => void }) {
  if (!chosen.value) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own
    <div class="chips scroll" id="cameras" role="group" aria-label={more.camera.title}>
      {all.value.map(({ id, state }) => (
        <button
          type="button"
          class="chip"
          key={id}
          aria-pressed={id === chosen.value}
          onClick={() => {
            before();
            choose(id);
          }}
        >
          {id}
          {state === 'lost' && <span class="muted">{more.camera.states.lost}</span>}
        </button>
      ))}
    </div>
  );
}
