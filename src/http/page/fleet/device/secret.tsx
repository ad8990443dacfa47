// A token that the device issued, pasted or scanned: with it the server reaches the device for those who may.
import { useState } from 'preact/hooks';
import { ok } from '../../api/client';
import { say } from '../../shell/banner';
import { of, server, through } from '../api/client';
import type { Device } from '../api/contract';
import { again } from '../api/fleet';
import { fleet as w } from '../words';
import { Scan, scans } from './scan';

export function Secret({ device: { id, name } }: { device: Device }) {
  const [secret, setSecret] = useState('');
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState('');
  const [scanning, scan] = useState(false);
  const give = async (text: string) => {
    setAsking(true);
    setError('');
    try {
      await ok(server.PUT('/api/v1/devices/{id}/token', { ...of(id), body: { secret: text.trim() }, ...through }));
      setSecret('');
      say(w.nowReached(name), 'info');
      again();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
    setAsking(false);
  };
  return (
    <form
      id="token-form"
      onSubmit={(event) => {
        event.preventDefault();
        void give(secret);
      }}
    >
      <p class="hint">
        {w.tokenFrom} <code>fieldcoach token add fleet --role admin</code>
      </p>
      <label>
        {w.token}
        <input
          id="token"
          type="password"
          required
          autocomplete="off"
          spellcheck={false}
          aria-describedby="token-error"
          value={secret}
          onInput={({ currentTarget: { value } }) => setSecret(value)}
        />
      </label>
      <p id="token-error" class="wrong" role="alert">
        {error}
      </p>
      <div class="row">
        <button type="submit" class="primary grow" id="token-go" disabled={asking}>
          {asking ? w.askingDevice : w.pair}
        </button>
        {scans && (
          <button type="button" id="token-scan" onClick={() => scan(true)}>
            {w.scan}
          </button>
        )}
      </div>
      {scanning && (
        <Scan
          close={() => scan(false)}
          found={(text) => {
            scan(false);
            setSecret(text);
            void give(text);
          }}
        />
      )}
    </form>
  );
}
