// The form for a new category; a box that was drawn before there was one waits for it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { addCategory, categories, freshColour } from '../../api/categories';
import type { LabelKind } from '../../api/types';
import { say } from '../../shell/banner';
import { words } from '../../words';
import { more } from '../../words/more';
import { chooseCategory, dropNameless, nameThem } from './edit';
import { formAsked, formOpen } from './form';
import { nameless } from './state';

const w = more.labelRest;
export function NewCategory() {
  return formOpen.value ? <Form /> : null;
}

function Form() {
  const form = useRef<HTMLFormElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const [kind, setKind] = useState<LabelKind>('box');
  const [busy, setBusy] = useState(false);
  // A box can't become the tag of a whole frame.
  const waits = nameless.value.length > 0;
  const asked = formAsked.value;
  useEffect(() => {
    name.current?.focus({ preventScroll: true });
    name.current?.select();
    if (form.current) clear(form.current);
  }, [asked]);
  useAboveKeyboard(form);

  const add = async (data: FormData) => {
    setBusy(true);
    try {
      const colour = String(data.get('colour'));
      const body = { name: String(data.get('name')).trim(), kind: waits && kind === 'tag' ? 'box' : kind, colour };
      const added = await addCategory(body);
      formOpen.value = false;
      if (added.kind !== 'tag') nameThem(added.name);
      else chooseCategory();
    } catch (error) {
      say(error);
    }
    setBusy(false);
  };
  return (
    <form
      id="category-form"
      class="card"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void add(new FormData(event.currentTarget));
      }}
    >
      <div class="row">
        <label class="grow">
          {w.newCategoryName}
          <input
            id="category-name"
            name="name"
            ref={name}
            required
            maxLength={64}
            autocomplete="off"
            placeholder={w.whatToLookFor}
            // The first needs no name of its own: one kind of thing to look for is simply that.
            defaultValue={categories.peek().length ? '' : w.firstCategory}
          />
        </label>
        <label>
          {w.colour}
          <input id="category-colour" name="colour" type="color" defaultValue={freshColour()} />
        </label>
      </div>
      <div class="row">
        <label class="grow">
          {w.markedBy}
          <select id="category-kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as LabelKind)}>
            {(['box', 'polygon', 'tag'] as const).map((one) => (
              <option key={one} value={one} disabled={waits && one === 'tag'}>
                {w.kinds[one]}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          id="category-cancel"
          onClick={() => {
            formOpen.value = false;
            dropNameless();
          }}
        >
          {words.cancel}
        </button>
        <button type="submit" class="primary" disabled={busy}>
          {w.add}
        </button>
      </div>
      {kind === 'polygon' && <p class="hint">{w.polygonsTrain}</p>}
    </form>
  );
}

/** On a phone the form stands on the keyboard … */
function stand(form: HTMLElement): void {
  const { height, offsetTop } = visualViewport ?? { height: innerHeight, offsetTop: 0 };
  form.style.setProperty('--keyboard', `${Math.max(0, Math.round(innerHeight - height - offsetTop))}px`);
}

/** … and the picture above the form, as far as there is room. */
function clear(form: HTMLElement): void {
  stand(form);
  if (getComputedStyle(form).position !== 'fixed') return;
  const picture = document.getElementById('board')?.getBoundingClientRect();
  if (!picture) return;
  const over = picture.bottom - form.getBoundingClientRect().top;
  const room = picture.top - (visualViewport?.offsetTop ?? 0);
  if (over > 0 && room > 0) scrollBy(0, Math.min(over + 8, room));
}

function useAboveKeyboard(form: { current: HTMLFormElement | null }): void {
  useEffect(() => {
    const resize = () => form.current && clear(form.current);
    const scroll = () => form.current && stand(form.current);
    visualViewport?.addEventListener('resize', resize);
    visualViewport?.addEventListener('scroll', scroll);
    return () => {
      visualViewport?.removeEventListener('resize', resize);
      visualViewport?.removeEventListener('scroll', scroll);
    };
  }, []);
}
