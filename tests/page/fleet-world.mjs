// A broker, devices that are reached by it alone, and a fleet server: the real programs.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds for a program to come up on a machine that is busy. */
const PATIENCE = 120_000;
const program = process.env.FIELDCOACH_PROGRAM;

async function freePort() {
  const server = createServer();
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return port;
}

/** A process that goes when this one does. `log` is what it said last. */
function begin(command, args, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill();
  process.once('exit', end);
  const own = { child, log: '' };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { own.log = (own.log + text).slice(-20_000); });
  own.stop = async () => {
    process.off('exit', end);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  return own;
}

/** Asks until it holds. */
async function until(own, check) {
  for (const deadline = Date.now() + PATIENCE; ;) {
    const found = await check();
    if (found) return found;
    if (own.child.exitCode !== null || Date.now() > deadline) throw new Error(`it did not come up:\n${own.log}`);
    await new Promise((done) => { setTimeout(done, 100); });
  }
}

/** All of it in a folder of its own, which `t` takes away. */
export async function world(t) {
  const folder = mkdtempSync(join(tmpdir(), 'fieldcoach-fleet-'));
  const all = [];
  t.after(async () => {
    for (const one of all.toReversed()) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const own = (...command) => {
    const one = begin(...command);
    all.push(one);
    return one;
  };

  const at = await freePort();
  const settings = join(folder, 'mosquitto.conf');
  writeFileSync(settings, `listener ${at} 127.0.0.1\nallow_anonymous true\n`);
  const broker = own('mosquitto', ['-c', settings], { PATH: `${process.env.PATH}:/usr/sbin` });
  await until(broker, () => broker.log.includes('running'));

  /** A device that listens to itself alone, at a port that is told to nobody. */
  const device = async (id, more = '') => {
    const config = join(folder, `${id}.toml`);
    writeFileSync(config, `data_dir = "${folder}/${id}"\n[device]\nid = "${id}"\n[camera]\nsource = "scene"\nkeep_every = 86400\n[http]\nlisten = "127.0.0.1:0"\n[mqtt]\nbroker = "mqtt://127.0.0.1:${at}"\n${more}`);
    const tell = (...args) => execFileSync(program, ['--config', config, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
    const start = async () => {
      const run = own(program, ['--config', config, 'run']);
      await until(run, () => {
        try { return tell('token', 'list') || true; } catch { return false; }
      });
      return run;
    };
    let run = await start();
    return {
      id,
      token: (role) => tell('token', 'add', 'fleet', '--role', role),
      stop: () => run.stop(),
      start: async () => { run = await start(); },
      get log() { return run.log; },
    };
  };

  /** The fleet server; a second start takes the same folder and the same port. */
  const listen = await freePort();
  const fleet = async () => {
    const run = own(program, ['fleet', '--broker', `mqtt://127.0.0.1:${at}`, '--listen', `127.0.0.1:${listen}`, '--data-dir', join(folder, 'fleet')]);
    const url = `http://127.0.0.1:${listen}/`;
    await until(run, () => fetch(`${url}healthz`).then(({ ok }) => ok, () => false));
    const api = async (path, method = 'GET', body = undefined) => {
      const response = await fetch(url + path, { method, ...(body instanceof Buffer ? { headers: { 'content-type': 'image/jpeg' }, body } : body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return response.status === 204 ? undefined : response.json();
    };
    return { url, api, stop: run.stop, get log() { return run.log; } };
  };
  return { broker, device, fleet };
}
