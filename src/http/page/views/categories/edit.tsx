// One category: name, colour, instructions with example pictures; merged with another, or taken away.
import { useState } from 'preact/hooks';
import { loadCategories } from '../../api/categories';
import { device, ok, pictureUrl } from '../../api/client';
import type { components } from '../../api/schema';
import type { Category } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { words } from '../../words';
import { Away } from './away';

const w = words.categories;
type Patch = components['schemas']['PatchCategory'];

export function Edit({ category, close }: { category: Category; close: (next: string | null) => void }) {
  const [name, setName] = useState(category.name);
  const [colour, setColour] = useState(category.colour);
  const [instructions, setInstructions] = useState(category.instructions ?? '');
  const save = async () => {
    const body: Patch = {
      ...(name.trim() !== category.name && { name: name.trim() }),
      ...(colour !== category.colour && { colour }),
      ...(instructions !== category.instructions && { instructions }),
    };
    const params = { path: { name: category.name } };
    if (Object.keys(body).length) await ok(device.PATCH('/api/v1/categories/{name}', { params, body }));
    await loadCategories();
    close(null);
  };
  return (
    <li class="edit" data-category={category.name}>
      <form onSubmit={(event) => event.preventDefault()}>
        <div class="row">
          <label class="grow">
            {w.name}
            <input
              id="edit-name"
              maxLength={64}
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <label>
            {w.colour}
            <input
              type="color"
              id="edit-colour"
              value={colour}
              onInput={(event) => setColour(event.currentTarget.value)}
            />
          </label>
        </div>
        <label>
          {w.instructions}
          <textarea
            id="edit-instructions"
            maxLength={1500}
            rows={3}
            placeholder={w.instructionsHint}
            value={instructions}
            onInput={(event) => setInstructions(event.currentTarget.value)}
          />
        </label>
        <Examples category={category} />
        <div class="row">
          <TaskButton class="primary grow" id="edit-save" disabled={!name.trim()} task={save}>
            {w.save}
          </TaskButton>
          <button type="button" onClick={() => close(null)}>
            {words.cancel}
          </button>
        </div>
        <Away category={category} close={() => close(null)} />
      </form>
    </li>
  );
}

/** Examples of the category, as pictures; they are added in the label view, from a box. */
function Examples({ category }: { category: Category }) {
  const examples = category.examples ?? [];
  const keep = async (left: typeof examples) => {
    const params = { path: { name: category.name } };
    await ok(device.PATCH('/api/v1/categories/{name}', { params, body: { examples: left } }));
    await loadCategories();
  };
  return (
    <div class="examples">
      {examples.map((example) => (
        <span key={`${example.frame} ${example.bbox}`}>
          <img src={pictureUrl(example.frame, 192)} alt="" />
          <TaskButton task={() => keep(examples.filter((other) => other !== example))}>{w.dropExample}</TaskButton>
        </span>
      ))}
      {!examples.length && <p class="hint">{w.noExamples}</p>}
    </div>
  );
}
