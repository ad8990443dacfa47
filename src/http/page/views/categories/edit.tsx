// One category: name, colour, instructions with example pictures; merged with another, or taken away.
import { useState } from 'preact/hooks';
import { categories, loadCategories } from '../../api/categories';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';
import type { Category } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { Cutout } from '../../ui/cutout';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import { more } from '../../words/more';
import { Away } from './away';

const w = more.categories;
const FIELDS = ['colour', 'instructions'] as const;
type Patch = components['schemas']['PatchCategory'];

export function Edit({ category, close }: { category: Category; close: (next: string | null) => void }) {
  /** As it was when the form was opened: what is the same by now is not written over somebody else's change. */
  const [begun] = useState(category);
  const [name, setName] = useState(begun.name);
  const [colour, setColour] = useState(begun.colour);
  const [instructions, setInstructions] = useState(begun.instructions);
  const there = categories.value.some((other) => other.name === begun.name);
  const alike = there && FIELDS.every((field) => category[field] === begun[field]);
  const save = async () => {
    const body: Patch = {
      ...(name.trim() !== begun.name && { name: name.trim() }),
      ...(colour !== begun.colour && { colour }),
      ...(instructions !== begun.instructions && { instructions }),
    };
    const params = { path: { name: category.name } };
    if (Object.keys(body).length) await ok(device.PATCH('/api/v1/categories/{name}', { params, body }));
    await loadCategories();
    close(null);
  };
  return (
    <li class="edit" data-category={category.name}>
      <form onSubmit={(event) => event.preventDefault()}>
        {!alike && (
          <p class="notice card" id="edit-changed" role="status">
            {there ? w.changedElsewhere : w.goneElsewhere}
          </p>
        )}
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
        {there && <Place name={category.name} />}
        {there && <Examples category={category} />}
        <div class="row">
          <TaskButton class="primary grow" id="edit-save" disabled={!name.trim()} task={save}>
            {w.save}
          </TaskButton>
          <button type="button" onClick={() => close(null)}>
            {words.cancel}
          </button>
        </div>
        {there && <Away category={category} close={() => close(null)} />}
      </form>
    </li>
  );
}

/** Its place among the categories: the first nine have a key of their own. */
function Place({ name }: { name: string }) {
  const all = categories.value;
  const place = all.findIndex((other) => other.name === name);
  const move = (position: number) => async () => {
    await ok(device.PATCH('/api/v1/categories/{name}', { params: { path: { name } }, body: { position } }));
    await loadCategories();
  };
  return (
    <div class="row">
      <span class="grow state">{w.place(place + 1, all.length)}</span>
      <TaskButton class="icon" aria-label={w.up(name)} disabled={place <= 0} task={move(place - 1)}>
        <Icon name="up" />
      </TaskButton>
      <TaskButton class="icon" aria-label={w.down(name)} disabled={place === all.length - 1} task={move(place + 1)}>
        <Icon name="down" />
      </TaskButton>
    </div>
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
          <Cutout cut={example} category={category.name} />
          <TaskButton task={() => keep(examples.filter((other) => other !== example))}>{w.dropExample}</TaskButton>
        </span>
      ))}
      {!examples.length && <p class="hint">{w.noExamples}</p>}
    </div>
  );
}
