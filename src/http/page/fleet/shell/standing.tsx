// Whether what is shown is how things stand: the server answers, and hears the broker. Else since when not, and why.
import { connected, locked, silent } from '../../api/link';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { clock } from '../../words/format';
import { again, asOf, broker, devices } from '../api/fleet';
import { fleet as w } from '../words';

export function Standing() {
  if (locked.value) return null;
  const [since, { connected: hears, trouble, notes }] = [asOf.value, broker.value];
  const text = !connected.value
    ? since
      ? w.stoodAt(clock(new Date(since).toISOString()))
      : words.silent
    : hears
      ? ''
      : `${trouble ? w.unheard(ofDevice(trouble)) : w.unheardYet}${devices.value?.size ? ` ${w.stoodBefore}` : ''}`;
  // Asked for the first time, and not answered yet.
  const first = !connected.value && since === null && !silent.value;
  return (
    <>
      <div class="banner" id="standing" role="status" hidden={!text || first}>
        <p>{text}</p>
        {!connected.value && (
          <button type="button" onClick={again}>
            {words.again}
          </button>
        )}
      </div>
      {connected.value && notes.length > 0 && (
        <details class="card notes" id="broker-notes">
          <summary>{w.notes(notes.length)}</summary>
          <ul>
            {notes.map((note) => (
              <li key={note}>{ofDevice(note)}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
