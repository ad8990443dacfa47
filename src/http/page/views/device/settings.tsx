// What may be changed at a distance.
import { useState } from 'preact/hooks';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';
import { TaskButton } from '../../ui/button';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { more } from '../../words/more';

const w = more.settings;
type Answer = components['schemas']['Settings'];
type Patch = components['schemas']['PartOfSettings'];
type Key = keyof typeof w.keys;

const KEYS = Object.keys(w.keys) as Key[];

type Value = string | number | null;

/** Undefined where it can't be changed here: those of several cameras. */
function inForce(answer: Answer, key: Key): Value | undefined {
  const [section, name] = key.split('.') as [string, string];
  const values = answer.settings as unknown as Record<string, Record<string, Value> | null>;
  return values[section]?.[name];
}

export function SettingsList() {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [edited, edit] = useState<Key | null>(null);
  useNews(async () => setAnswer(await ok(device.GET('/api/v1/settings'))), ['open', 'fleet']);
  const change = async (key: Key, value: string | number | null) => {
    const [section, name] = key.split('.') as [string, string];
    const body = { [section]: { [name]: value } } as Patch;
    const changed = ok(device.PATCH('/api/v1/settings', { body })).catch((error: Error) => {
      throw new Error(error.message.replace(`${key}: `, '')); // it stands above the field in words
    });
    setAnswer(await changed);
    edit(null);
  };
  if (!answer) return null;
  return (
    <>
      <h2>{w.title}</h2>
      {answer.after_restart.length > 0 && <p class="card notice">{w.afterRestart(answer.after_restart.length)}</p>}
      {!answer.settings.camera && <p class="hint">{w.cameras}</p>}
      <ul id="settings" class="rows">
        {KEYS.filter((key) => inForce(answer, key) !== undefined).map((key) => (
          <li key={key} data-setting={key}>
            {edited === key ? (
              <Field name={key} value={inForce(answer, key) ?? null} change={change} close={() => edit(null)} />
            ) : (
              <>
                <span class="main">
                  {w.keys[key]}
                  <small>
                    {String(inForce(answer, key) ?? w.unset)}
                    {answer.changed.includes(key) && ` · ${w.changed}`}
                    {answer.after_restart.includes(key) && ` · ${w.notYet}`}
                  </small>
                </span>
                {answer.changed.includes(key) && (
                  <TaskButton task={() => change(key, null)} aria-label={w.resetNamed(w.keys[key])}>
                    {w.reset}
                  </TaskButton>
                )}
                <button type="button" aria-label={w.changeNamed(w.keys[key])} onClick={() => edit(key)}>
                  {w.change}
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

interface FieldProps {
  name: Key;
  value: string | number | null;
  change: (key: Key, value: string | number) => Promise<void>;
  close: () => void;
}

function Field({ name, value, change, close }: FieldProps) {
  const number = typeof value === 'number';
  const [text, setText] = useState(String(value ?? ''));
  return (
    <form class="setting" onSubmit={(event) => event.preventDefault()}>
      <label>
        {w.keys[name]}
        <input
          id="setting-value"
          inputMode={number ? 'decimal' : 'text'}
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <div class="row">
        <TaskButton class="primary grow" id="setting-save" task={() => change(name, asked(text, number))}>
          {w.save}
        </TaskButton>
        <button type="button" onClick={close}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

/** As the device takes it; what is no number goes as it is, and the device says so. */
function asked(text: string, number: boolean): string | number {
  const value = Number(text.replace(',', '.'));
  return number && text.trim() && Number.isFinite(value) ? value : text;
}
