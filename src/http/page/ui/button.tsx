// Buttons that do something on the device.
import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../shell/banner';

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'onClick'> {
  /** What is to be done; the button is off meanwhile, and an error goes into the banner. */
  task: () => Promise<unknown>;
  children: ComponentChildren;
  disabled?: boolean;
}

export function TaskButton({ task, children, disabled = false, ...rest }: Props) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await task();
    } catch (error) {
      say(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" {...rest} disabled={busy || disabled} onClick={run}>
      {children}
    </button>
  );
}

/** One of several, of which one is pressed. */
export function Segmented<T extends string>(props: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  choose: (value: T) => void;
  prefix: string;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own
    <div class="segmented" role="group" aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <button
          type="button"
          key={value}
          id={`${props.prefix}-${value}`}
          aria-pressed={value === props.value}
          onClick={() => props.choose(value)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
