// How each category fares at the epoch shown, in words.
import { type Signal, useSignal } from '@preact/signals';
import { coloured } from '../../ui/colour';
import { more } from '../../words/more';
import type { OpenBook } from './book';

const w = more.book;
/** Listed at first. */
const FEW = 8;

/** Each category in words; tapped, its line stands out. */
export function Categories({ open, chosen }: { open: OpenBook; chosen: Signal<string | null> }) {
  const all = useSignal(false);
  const judged = open.first.epoch.value?.categories ?? [];
  const shown = all.value ? judged : judged.slice(0, FEW);
  return (
    <ul class="rows judged">
      {shown.map(({ name, objects, found, wrong }) => (
        <li key={name}>
          <button
            type="button"
            aria-pressed={chosen.value === name}
            onClick={() => {
              chosen.value = chosen.value === name ? null : name;
            }}
          >
            <i ref={coloured(open.categories.value.find((category) => category.name === name)?.colour ?? '')} />
            <span class="main">{name}</span>
            <span class="muted">{w.judged(found, objects, wrong)}</span>
          </button>
        </li>
      ))}
      {judged.length > shown.length && (
        <li>
          <button type="button" onClick={() => (all.value = true)}>
            {w.more(judged.length - shown.length)}
          </button>
        </li>
      )}
    </ul>
  );
}
