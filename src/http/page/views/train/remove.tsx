// Deleting a model or a training; for a while it can be taken back.
import { TaskButton } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { offerUndo, undo } from '../../ui/undo';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { refresh } from './state';

interface Props {
  /** When what goes was made. */
  made: string;
  /** What is said then. */
  gone: string;
  /** Does it, and resolves to the way back. */
  remove: () => Promise<{ undo?: string | null } | null>;
}

export function Remove(props: Props) {
  const task = async () => {
    const way = await props.remove();
    await refresh();
    const id = way?.undo;
    if (!id) return; // nothing was taken away
    offerUndo(props.gone, async () => {
      await undo([id]);
      await refresh();
    });
  };
  return (
    <TaskButton class="icon remove" aria-label={more.train.removeNamed(when(props.made))} task={task}>
      <Icon name="bin" />
    </TaskButton>
  );
}
