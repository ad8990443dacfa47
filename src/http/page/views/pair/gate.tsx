// Pairing: a code from somebody who is in already lets this browser in. Both pages have it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { learn, me } from '../../api/access';
import { ApiError, device, ok } from '../../api/client';
import { locked } from '../../api/link';
import { tell } from '../../api/news';
import { goOn, takePlace } from '../../shell/place';
import { lasting } from '../../words/format';
import { more } from '../../words/more';
import { guess, meant } from './guess';

const w = more.pair;

function lead(): string {
  const known = me.value;
  return !known || locked.value ? w.stranger : w.known(more.may[known.role]);
}

interface Props {
  /** A code that came with the address. */
  code: string | undefined;
  /** Where to, for one who is in and was nowhere before. */
  home: string;
  /** Whether something is to be read here before one goes on. */
  stay?: () => Promise<boolean>;
  /** What stands below. */
  children?: ComponentChildren;
}

export function Gate({ code: given, home, stay = async () => false, children }: Props) {
  const [code, setCode] = useState('');
  const [error, setError] = useState('');
  const [checking, setChecking] = useState(false);
  const [blocked, block] = useState(0); // seconds
  const [inside, setInside] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const refused = (problem: unknown) => {
    // One who was in before still is.
    learn().then(
      () => tell('paired'),
      () => {},
    );
    if (!(problem instanceof ApiError)) setError(String(problem));
    else if (problem.status === 403) setError(w.wrong);
    else if (problem.status === 429) block(Math.ceil(problem.wait || 60));
    else setError(problem.message);
  };

  const checkIn = async (text: string) => {
    const wanted = meant(text);
    if (!wanted) {
      setError(w.length);
      input.current?.focus();
      return;
    }
    setError('');
    setChecking(true);
    try {
      await ok(device.POST('/api/v1/pair', { body: { code: wanted, name: guess() } }));
      setCode('');
      await learn();
      // At first contact the browser has just warned: now is the time to say why. Else straight on.
      const place = takePlace();
      if (place) {
        tell('paired');
        location.replace(place);
      } else if (!(await stay())) goOn(home);
      else {
        tell('paired');
        setInside(true);
      }
    } catch (problem) {
      refused(problem);
    }
    setChecking(false);
  };

  useEffect(() => {
    setInside(false);
    if (!given) return;
    // The code is used up in a moment: it has no business in the address or the history.
    history.replaceState(null, '', '#/pair');
    setCode(given);
    void checkIn(given);
  }, [given]);
  useEffect(() => {
    if (blocked <= 0) return;
    setError(w.wait(lasting(blocked)));
    const timer = setTimeout(() => {
      block(blocked - 1);
      if (blocked <= 1) setError('');
    }, 1_000);
    return () => clearTimeout(timer);
  }, [blocked]);

  return (
    <div class="gate">
      <h1 id="pair-title" tabIndex={-1}>
        {inside ? w.in : w.title}
      </h1>
      <p id="pair-lead" class="state" aria-live="polite">
        {checking ? w.checking : inside && me.value ? w.mayNow(more.may[me.value.role]) : lead()}
      </p>
      {!inside && (
        <>
          <form
            id="pair-form"
            class="card"
            onSubmit={(event) => {
              event.preventDefault();
              if (!blocked) void checkIn(code);
            }}
          >
            <label>
              {w.code}
              <input
                id="pair-code"
                ref={input}
                class="code"
                required
                maxLength={24}
                inputMode="text"
                autoCapitalize="characters"
                autocomplete="one-time-code"
                autocorrect="off"
                spellcheck={false}
                enterKeyHint="go"
                placeholder="XXXX-XXXX"
                aria-describedby="pair-error"
                value={code}
                onInput={(event) => setCode(event.currentTarget.value)}
              />
            </label>
            <p id="pair-error" class="wrong" role="alert">
              {error}
            </p>
            <button type="submit" class="primary huge" id="pair-go" disabled={checking || blocked > 0}>
              {w.go}
            </button>
          </form>
          <p id="pair-help" class="hint">
            {w.help} <code>{w.command}</code>.
          </p>
        </>
      )}
      {inside && (
        <div id="pair-done">
          <a class="button primary huge" href={home}>
            {w.done}
          </a>
        </div>
      )}
      {children}
    </div>
  );
}
