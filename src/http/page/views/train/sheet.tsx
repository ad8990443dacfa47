// Before a training: what it will learn, how long, and one button. What is chosen at first will do.
import { useEffect, useRef } from 'preact/hooks';
import { colourOf } from '../../api/categories';
import { hush } from '../../shell/banner';
import { Segmented, TaskButton } from '../../ui/button';
import { coloured } from '../../ui/colour';
import { ofDevice } from '../../words/device';
import { more } from '../../words/more';
import { Places } from './place';
import {
  all,
  before,
  chosen,
  from,
  minutes,
  noPlan,
  open,
  pick,
  plan,
  startFrom,
  toggle,
  train,
  trainFor,
  whose,
  without,
} from './plan';
import { Quoted } from './quoted';
import { last } from './state';

const w = more.train;

export function Sheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const refused = chosen.value.length === 0 && all.value.length > 0 ? w.noneChosen : plan.value?.refused;
  return (
    <dialog
      ref={dialog}
      id="train-sheet"
      class="sheet"
      aria-labelledby="sheet-title"
      onClose={() => {
        open.value = false;
      }}
    >
      <h2 id="sheet-title">{w.sheet}</h2>
      <Places label={w.start} prefix="for" value={whose.value} choose={trainFor} />
      <Lesson />
      {refused && (
        <p class="notice card" id="sheet-refused">
          <Quoted text={refused} />
        </p>
      )}
      <Minutes />
      {before.value && (
        <>
          <h3>{w.startFrom}</h3>
          <Segmented
            label={w.startFrom}
            prefix="from"
            options={[
              ['base', w.from.base],
              ['live', w.from.live],
            ]}
            value={from.value}
            choose={startFrom}
          />
          <p class="hint">{w.fromText[from.value]}</p>
        </>
      )}
      <div class="deed">
        <TaskButton
          id="sheet-train"
          class="primary huge"
          disabled={Boolean(refused) || !(plan.value || noPlan.value)}
          task={async () => {
            hush();
            await train();
          }}
        >
          {w.start}
        </TaskButton>
        <button type="button" class="full" id="sheet-close" onClick={() => dialog.current?.close()}>
          {w.notNow}
        </button>
      </div>
    </dialog>
  );
}

/** Frames, categories and what speaks against it. */
function Lesson() {
  const told = plan.value;
  if (noPlan.value) return <p class="state">{w.noPlan(noPlan.value)}</p>;
  if (!told) return <p class="state">{w.loading}</p>;
  const { training, validation, empty } = told.frames;
  return (
    <>
      {training > 0 && (
        <p class="state" id="sheet-frames">
          {w.split(training, validation)} {empty > 0 && w.emptyFrames(empty)}
        </p>
      )}
      <ul class="ticks" aria-label={w.which}>
        {all.value.map(({ name, objects, frames }) => (
          <li key={name}>
            <label class="tick">
              <input type="checkbox" checked={!without.value.has(name)} onChange={() => toggle(name)} />
              <i ref={coloured(colourOf(name))} />
              <b>{name}</b>
              <small>{w.objects(objects, frames)}</small>
            </label>
          </li>
        ))}
      </ul>
      {told.warnings.length > 0 && (
        <ul class="warnings" id="sheet-warnings">
          {told.warnings.map(({ text }) => (
            <li key={text}>
              <Quoted text={text} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Minutes() {
  const choices = plan.value?.choices ?? [];
  if (!choices.length) return null;
  const [first] = choices;
  // What is expected of all alike tells them not apart; and where the last model was not good enough, it was not so.
  const alike = choices.every(({ expected }) => expected === first?.expected);
  const hint = last.value?.outcome?.live === false ? w.longer : alike && first?.expected;
  return (
    <fieldset id="sheet-minutes">
      <legend>{w.howLong}</legend>
      {hint && (
        <p class="hint" id="sheet-expected">
          {ofDevice(hint)}
        </p>
      )}
      {choices.map((choice) => (
        <label class="choice" key={choice.minutes}>
          <input
            type="radio"
            name="minutes"
            value={choice.minutes}
            checked={choice.minutes === minutes.value}
            onChange={() => pick(choice.minutes)}
          />
          <span>
            <b>{w.lasts(choice.minutes)}</b>
            {!hint && <small>{ofDevice(choice.expected)}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
