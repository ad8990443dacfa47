// Why the browser warned of the device's own authority, and how to install it.
import { useEffect, useState } from 'preact/hooks';
import { me } from '../api/access';
import { FLEET } from '../shell/fleet';
import { more } from '../words/more';
import { dismiss, dismissed, untrusted } from './trust';

/** The card, or nothing. `again`: where it was dismissed, a button that brings it back. `group`: one system open at a time. */
export function Certificate({ group, again = false }: { group: string; again?: boolean }) {
  const [wanted, want] = useState(false);
  const [away, setAway] = useState(dismissed);
  const known = me.value;
  useEffect(() => {
    void untrusted().then(want);
  }, [known]);
  const put = (yes: boolean) => {
    dismiss(yes);
    setAway(yes);
  };
  if (!wanted) return null;
  if (!away) return <Card group={group} close={() => put(true)} />;
  if (!again) return null;
  return (
    <div class="row">
      <button type="button" class="grow" onClick={() => put(false)}>
        {more.certificate.show}
      </button>
    </div>
  );
}

function Card({ group, close }: { group: string; close: () => void }) {
  const w = more.certificate;
  const likely = system();
  return (
    <div class="card certificate" id="certificate">
      <h2>{w.title}</h2>
      <p>{w.why}</p>
      <p>{w.what}</p>
      <div class="row">
        <a class="button primary grow" id="authority" href={`${FLEET ?? ''}authority.crt`}>
          {w.get}
        </a>
        <button type="button" id="certificate-close" onClick={close}>
          {w.notNow}
        </button>
      </div>
      {Object.entries(w.steps).map(([name, steps]) => (
        <details key={name} name={group} open={name === likely}>
          <summary>{name}</summary>
          <ol>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </details>
      ))}
      <p class="hint">
        {w.compare} <code>fieldcoach pair</code>
      </p>
      <div class="row">
        <button type="button" class="grow" onClick={() => location.reload()}>
          {w.installed}
        </button>
      </div>
    </div>
  );
}

/** The likely one of the systems. */
function system(): keyof typeof more.certificate.steps {
  const agent = navigator.userAgent;
  if (/Android/.test(agent)) return 'Android';
  if (/iPhone|iPad/.test(agent) || (/Mac OS/.test(agent) && navigator.maxTouchPoints > 1)) return 'iPhone and iPad';
  if (/Firefox/.test(agent)) return 'Firefox';
  return /Windows/.test(agent) ? 'Windows' : /Mac OS/.test(agent) ? 'macOS' : 'Chrome on Linux';
}
