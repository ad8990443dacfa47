// The program under test, started with data of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds for a daemon to come up on a machine that is busy. */
const PATIENCE = 120_000;

/**
 * A daemon, once it says its address. `config`: the text of its configuration file below `data_dir`; `command`: what follows
 * the program's name. `api` asks it, `stop` ends it and removes its data.
 */
export async function started(program, { config = '', command = ['run'] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fieldcoach-hand-'));
  const file = join(folder, 'config.toml');
  writeFileSync(file, `data_dir = "${folder}/data"\n${config}`);
  const env = { ...process.env, TMPDIR: folder, FIELDCOACH_HTTP__LISTEN: '127.0.0.1:0', FIELDCOACH_MQTT__LISTEN: '127.0.0.1:0' };
  const options = command.includes('demo') ? command : ['--config', file, ...command];
  const child = spawn(program, options, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // Whatever ends this run ends the daemon.
  const end = () => child.kill();
  process.once('exit', end);
  let log = '';
  const address = new Promise((done, failed) => {
    const hear = (text) => {
      log = (log + text).slice(-20_000);
      const said = log.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (said) done(`${said[0]}/`);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.on('exit', () => failed(new Error(`the daemon ended:\n${log}`)));
    setTimeout(() => failed(new Error(`the daemon did not start:\n${log}`)), PATIENCE).unref();
  });
  const stop = async () => {
    process.off('exit', end);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = await address.catch(async (error) => { await stop(); throw error; });
  const api = async (path, method = 'GET', body = undefined) => {
    const response = await fetch(`${url}api/v1/${path}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${await response.text()}`), { status: response.status });
    return response.json();
  };
  return { url, api, stop };
}
