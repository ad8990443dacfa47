// Cancelling a training, whether it runs or waits.
import { device, ok } from '../../api/client';
import type { Training } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { take } from './state';

export function Cancel({ training: { id, created } }: { training: Training }) {
  const params = { path: { id } };
  const cancel = async () => {
    await ok(device.DELETE('/api/v1/trainings/{id}', { params }));
    take(await ok(device.GET('/api/v1/trainings/{id}', { params })));
  };
  return (
    <TaskButton class="danger cancel" aria-label={more.train.cancelNamed(when(created))} task={cancel}>
      {words.cancel}
    </TaskButton>
  );
}
