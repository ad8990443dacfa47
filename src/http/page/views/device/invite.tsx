// Letting somebody in: a code that works once, as a picture for the next person's camera, and in letters.
import { useEffect, useRef, useState } from 'preact/hooks';
import { me } from '../../api/access';
import { ApiError, device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { components } from '../../api/schema';
import type { Role } from '../../api/types';
import { say } from '../../shell/banner';
import { TaskButton } from '../../ui/button';
import { duration } from '../../words/format';
import { more } from '../../words/more';
import { people, refreshPeople } from './people';

type Pairing = components['schemas']['Pairing'];

const w = more.device;
const MINUTES = 10;

/** A code that is shown, who was in before it, and when it runs out by this browser's clock: the device's may be off. */
interface Shown {
  pairing: Pairing;
  before: Set<string>;
  ends: number;
}

async function make(role: Role, name: string): Promise<Shown> {
  const before = new Set((await refreshPeople()).map((token) => token.id));
  const body = { role, minutes: MINUTES, ...(name && { name }) };
  const pairing = await ok(device.POST('/api/v1/pairings', { body }));
  return { pairing, before, ends: Date.now() + MINUTES * 60_000 };
}

/** Voids a code that nobody used. */
function forget(pairing: Pairing, keepalive = false): void {
  ok(device.DELETE('/api/v1/pairings/{id}', { params: { path: { id: pairing.id } }, keepalive })).catch((error) => {
    const gone = error instanceof ApiError && [401, 404].includes(error.status);
    if (!gone) say(w.mayStillWork(error instanceof Error ? error.message : String(error)));
  });
}

export function Invite() {
  const [role, setRole] = useState<Role>('labeller');
  const [name, setName] = useState('');
  const [shown, show] = useState<Shown | null>(null);
  const again = async () => show(await make(role, name.trim()));

  // Somebody new has used the code.
  const tokens = people.value;
  useEffect(() => {
    const guest = shown && tokens?.find((token) => token.via === 'pairing' && !shown.before.has(token.id));
    if (!guest) return;
    show(null);
    setName('');
    say(w.isIn(guest.name || w.somebody), 'info');
  }, [tokens, shown]);

  return (
    <>
      <h2>{w.letIn}</h2>
      {me.value?.tls === 'none' ? (
        <p id="invite-none" class="card state">
          {w.loopback}
          <code>{w.listen}</code>
          {w.loopbackThen}
        </p>
      ) : (
        <form id="invite-form" class="card" onSubmit={(event) => event.preventDefault()}>
          <fieldset id="invite-roles">
            <legend>{w.whatMay}</legend>
            {(Object.keys(w.roles) as Role[]).map((one) => (
              <label class="choice" key={one}>
                <input
                  type="radio"
                  name="invite-role"
                  value={one}
                  checked={one === role}
                  onChange={() => setRole(one)}
                />
                <span>
                  <b>{w.roles[one]}</b>
                  <small>{w.mayText(more.may[one])}</small>
                </span>
              </label>
            ))}
          </fieldset>
          <label>
            {w.whose}
            <input
              id="invite-name"
              maxLength={64}
              autocomplete="off"
              placeholder={w.whoseHint}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <div class="row">
            <TaskButton class="primary grow" id="invite-go" task={again}>
              {w.showCode}
            </TaskButton>
          </div>
        </form>
      )}
      {shown && <Code shown={shown} again={again} close={() => show(null)} />}
    </>
  );
}

function Code({ shown, again, close }: { shown: Shown; again: () => Promise<void>; close: () => void }) {
  const { pairing, ends } = shown;
  const dialog = useRef<HTMLDialogElement>(null);
  const [left, setLeft] = useState(MINUTES * 60);
  const [picture, setPicture] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => on('locked', close), [close]);
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([pairing.qr], { type: 'image/svg+xml' }));
    setPicture(url);
    const leave = () => forget(pairing, true);
    addEventListener('pagehide', leave);
    return () => {
      URL.revokeObjectURL(url);
      removeEventListener('pagehide', leave);
      // Used up, it is gone already.
      forget(pairing);
    };
  }, [pairing]);
  useEffect(() => {
    const tick = () => setLeft(Math.max(0, Math.ceil((ends - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, [ends]);
  const over = left <= 0 ? 'over' : '';
  const urls = pairing.urls.length ? pairing.urls : [pairing.url];
  return (
    <dialog id="invite" ref={dialog} aria-labelledby="invite-title" onClose={close}>
      <h1 id="invite-title">{pairing.name ? w.letInNamed(pairing.name) : w.letIn}</h1>
      <p id="invite-may" class="state">
        {w.point(more.may[pairing.role])}
      </p>
      <div class="qr">{picture && <img id="invite-qr" class={over} src={picture} alt={w.qr} />}</div>
      <p id="invite-code" class={`code ${over}`}>
        {pairing.code}
      </p>
      <p id="invite-left" class="state">
        {over ? w.over : w.left(duration(left))}
      </p>
      {over && (
        <div class="row">
          <TaskButton class="primary grow" id="invite-again" task={again}>
            {w.another}
          </TaskButton>
        </div>
      )}
      <details>
        <summary>{w.without}</summary>
        <p class="state">{w.addresses}</p>
        <ul id="invite-urls">
          {urls.map((url) => (
            <li key={url}>
              <code>{url.split('#')[0]}</code>
            </li>
          ))}
        </ul>
      </details>
      {pairing.fingerprint && (
        <details id="invite-print">
          <summary>{w.fingerprint}</summary>
          <p class="state">{w.fingerprintText}</p>
          <code id="invite-fingerprint">{pairing.fingerprint}</code>
        </details>
      )}
      <div class="row">
        <button type="button" class="full" id="invite-close" onClick={() => dialog.current?.close()}>
          {w.close}
        </button>
      </div>
    </dialog>
  );
}
