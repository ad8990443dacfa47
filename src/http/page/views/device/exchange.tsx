// Data sets out and in.
import { useState } from 'preact/hooks';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { more } from '../../words/more';
import { last, look, stop, take, way } from './bring';
import { type Choices, mayBeOtherwise, outcome, Told } from './outcome';

const w = more.exchange;

export function Exchange() {
  useNews(look, ['open']);
  const [choices, setChoices] = useState<Choices>({
    strict: 'false',
    sides: 'false',
    unmentioned: 'unlabelled',
    boxes: 'auto',
    format: '',
  });
  const [now, over] = [way.value, outcome.value];
  return (
    <>
      <h2>{w.title}</h2>
      <div class="card" id="exchange">
        <p class="state">{w.out}</p>
        <div class="row">
          {['coco', 'yolo', 'voc'].map((format) => (
            <a key={format} class="button grow" download href={`api/v1/dataset.zip?format=${format}`}>
              {format.toUpperCase()}
            </a>
          ))}
        </div>
        <p class="state">{w.in}</p>
        {now ? (
          <>
            <progress max={1} value={now.share} aria-label={w.sending} />
            <p class="state" role="status">
              {now.text}
            </p>
            <div class="row">
              <button type="button" id="import-stop" onClick={() => stop()}>
                {words.cancel}
              </button>
            </div>
          </>
        ) : (
          <>
            <label class="button full file">
              {w.choose}
              <input
                type="file"
                id="import-file"
                accept=".zip,application/zip,image/*,.heic,.heif"
                multiple
                onChange={(event) => void take([...(event.currentTarget.files ?? [])], choices)}
              />
            </label>
            <Manner choices={choices} change={setChoices} open={over !== null && mayBeOtherwise(over.report)} />
            {over && last.value.length > 0 && (
              <button type="button" class="full" id="import-again" onClick={() => void take(last.value, choices)}>
                {w.again}
              </button>
            )}
          </>
        )}
        <div class="row">
          <a class="button grow" href="#/clips">
            {w.films}
          </a>
        </div>
        {over && <Told {...over} />}
      </div>
    </>
  );
}

/** How a data set is taken in where it leaves a choice. */
function Manner(props: { choices: Choices; change: (choices: Choices) => void; open: boolean }) {
  const { choices, change } = props;
  const box = (key: 'strict' | 'sides') => (
    <label class="check">
      <input
        type="checkbox"
        id={`import-${key}`}
        checked={choices[key] === 'true'}
        onChange={({ currentTarget }) => change({ ...choices, [key]: `${currentTarget.checked}` })}
      />
      {w.manner[key]}
    </label>
  );
  const list = (key: 'unmentioned' | 'boxes' | 'format') => (
    <label>
      {w.manner[key]}
      <select
        id={`import-${key}`}
        value={choices[key]}
        onChange={({ currentTarget }) => change({ ...choices, [key]: currentTarget.value })}
      >
        {Object.entries(w.manner[`${key}_are`]).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <details id="import-manner" open={props.open}>
      <summary>{w.manner.title}</summary>
      {list('unmentioned')}
      {list('boxes')}
      {list('format')}
      {box('sides')}
      {box('strict')}
    </details>
  );
}
