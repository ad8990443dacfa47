// A frame over the epochs as an animation, to be shared or saved.
import { useSignal } from '@preact/signals';
import { device, ok, slowly } from '../../api/client';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { handOn } from '../../ui/share';
import { words } from '../../words';
import type { OpenBook } from './book';

const w = words.book;

export function Animation({ open }: { open: OpenBook }) {
  const made = useSignal<File | null>(null);
  const frame = open.frames.value[open.frame.value]?.id;
  if (!frame) return null;
  const name = `${frame}.gif`;
  const again = made.value?.name === name;
  const share = async () => {
    const file = again && made.value ? made.value : await animation(open.id, frame, name);
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

async function animation(training: string, frame: string, name: string): Promise<File> {
  const params = { path: { id: training }, query: { frame } };
  const asked = device.GET('/api/v1/trainings/{id}/flipbook.gif', { params, parseAs: 'blob', ...slowly });
  return new File([(await ok(asked)) as unknown as Blob], name, { type: 'image/gif' });
}
