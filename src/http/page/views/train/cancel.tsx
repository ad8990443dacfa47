// Cancelling a training, whether it runs or waits.
import { device, ok } from '../../api/client';
import type { Training } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { when } from '../../words/format';
import { take } from './state';

export function Cancel({ training: { id, created } }: { training: Training }) {
  const cancel = async () => take(await ok(device.DELETE('/api/v1/trainings/{id}', { params: { path: { id } } })));
  return (
    <TaskButton class="danger cancel" aria-label={words.train.cancelNamed(when(created))} task={cancel}>
      {words.cancel}
    </TaskButton>
  );
}
