// From which score and size on the objects of each category count.
import { useEffect, useState } from 'preact/hooks';
import { can } from '../../api/access';
import { colourOf } from '../../api/categories';
import type { Wanted } from '../../api/types';
import { say } from '../../shell/banner';
import { coloured } from '../../ui/colour';
import { isolated, percent, score } from '../../words/format';
import { more } from '../../words/more';
import { change, watch } from './watch';
import { deployed } from './watching';

const w = more.camera.counts;
/** Steps of the sliders, and the largest share of the picture's width that the smallest box may be told to have. */
const [SCORE_STEP, SIZE_STEP, MOST] = [0.05, 0.01, 0.5];

export function Counts() {
  const known = watch.value;
  const names = deployed.value?.categories.map((category) => category.name) ?? [];
  const others = Object.keys(known?.categories ?? {}).filter((name) => !names.includes(name));
  if (!known || names.length + others.length === 0) return null;
  return (
    <>
      <h2>{w.title}</h2>
      <ul id="counts" class="rows counts">
        {[...names, ...others].map((name) => (
          <li key={name} data-category={name}>
            <Row name={name} wanted={known.categories[name] ?? {}} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Row({ name, wanted }: { name: string; wanted: Wanted }) {
  const head = (
    <>
      <i ref={coloured(colourOf(name))} />
      <span class="main">
        {name}
        <small>
          {w.from(wanted.score == null ? null : score(wanted.score))} ·{' '}
          {w.size(wanted.smallest ? percent(wanted.smallest) : null)}
        </small>
      </span>
    </>
  );
  if (!can('admin')) return head;
  return (
    <details>
      <summary>{head}</summary>
      <Sliders name={name} wanted={wanted} />
    </details>
  );
}

function Sliders({ name, wanted }: { name: string; wanted: Wanted }) {
  const own = deployed.value?.threshold ?? 0;
  const set = (part: Wanted) =>
    change(w.changed(isolated(name)), (now) => {
      const next: Wanted = { ...now.categories[name], ...part };
      const { [name]: _, ...others } = now.categories;
      // Nothing said of a category is the same as all of it left to the model.
      const plain = next.score == null && next.smallest == null;
      return { ...now, categories: plain ? others : { ...others, [name]: next } };
    });
  return (
    <div class="sliders">
      <Slider
        id={`score-${name}`}
        label={w.score}
        most={1}
        step={SCORE_STEP}
        value={wanted.score ?? own}
        text={(value) => score(value)}
        set={(value) => set({ score: value })}
      />
      {wanted.score == null ? (
        <p class="state">{w.own(score(own))}</p>
      ) : (
        <button type="button" class="full" onClick={() => void set({ score: null }).catch(say)}>
          {w.takeOwn(score(own))}
        </button>
      )}
      <Slider
        id={`smallest-${name}`}
        label={w.smallest}
        most={MOST}
        step={SIZE_STEP}
        value={wanted.smallest ?? 0}
        text={(value) => w.share(value ? percent(value) : null)}
        set={(value) => set({ smallest: value || null })}
      />
    </div>
  );
}

function Slider(props: {
  id: string;
  label: string;
  most: number;
  step: number;
  value: number;
  text: (value: number) => string;
  set: (value: number) => Promise<void>;
}) {
  const [value, show] = useState(props.value);
  useEffect(() => show(props.value), [props.value]);
  return (
    <label>
      {props.label}
      <span class="scrub">
        <input
          id={props.id}
          type="range"
          min="0"
          max={props.most}
          step={props.step}
          value={value}
          aria-valuetext={props.text(value)}
          onInput={(event) => show(event.currentTarget.valueAsNumber)}
          // Written when the finger lets go; what was refused does not stay on the screen.
          onChange={(event) =>
            void props.set(event.currentTarget.valueAsNumber).catch((error) => {
              show(props.value);
              say(error);
            })
          }
        />
        <output for={props.id}>{props.text(value)}</output>
      </span>
    </label>
  );
}
