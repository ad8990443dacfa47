// A frame over the epochs as an animation, to be shared or saved.
import { useSignal } from '@preact/signals';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { handOn } from '../../ui/share';
import { more } from '../../words/more';
import type { OpenBook } from './book';
import { animationOf } from './contract';

const w = more.book;

export function Animation({ open }: { open: OpenBook }) {
  const made = useSignal<File | null>(null);
  const frame = open.frames.value[open.frame.value]?.id;
  if (!frame) return null;
  const name = `${[frame, open.first.experiment.value].filter(Boolean).join('-')}.gif`;
  const again = made.value?.name === name;
  const share = async () => {
    const file = again && made.value ? made.value : await animation(open, frame, name);
    const handed = await handOn(file);
    made.value = handed === 'press again' ? file : null;
    if (handed === 'press again') say(w.gifReady, 'info');
    if (handed === 'saved') say(w.gifSaved, 'info');
  };
  return (
    <TaskButton id="gif" class={again ? 'primary' : ''} aria-label={w.gifSpoken} task={share}>
      {w.gif}
    </TaskButton>
  );
}

async function animation(open: OpenBook, frame: string, name: string): Promise<File> {
  const gif = await animationOf(open.id, frame, open.first.experiment.peek());
  return new File([gif], name, { type: 'image/gif' });
}
