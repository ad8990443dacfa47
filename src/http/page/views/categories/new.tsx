// One more category.
import { useState } from 'preact/hooks';
import { addCategory, freshColour } from '../../api/categories';
import type { LabelKind } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { more } from '../../words/more';

const w = more.categories;

export function NewCategory({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<LabelKind>('box');
  const [colour, setColour] = useState(freshColour);
  return (
    <form class="card" id="categories-form" onSubmit={(event) => event.preventDefault()}>
      <label>
        {w.name}
        <input
          id="categories-name"
          maxLength={64}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <div class="row">
        <label class="grow">
          {w.marked}
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value as LabelKind)}>
            {(Object.keys(w.kinds) as LabelKind[]).map((one) => (
              <option key={one} value={one} selected={one === kind}>
                {w.kinds[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {w.colour}
          <input type="color" value={colour} onInput={(event) => setColour(event.currentTarget.value)} />
        </label>
      </div>
      <div class="row">
        <TaskButton
          class="primary grow"
          id="categories-add"
          disabled={!name.trim()}
          task={async () => {
            await addCategory({ name: name.trim(), kind, colour, instructions: '' });
            close();
          }}
        >
          {w.addThis}
        </TaskButton>
        <button type="button" onClick={close}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
