// A fleet server with as many devices as one likes, by its contract (docs/fleet.md) and with the page as it was built: for what
// needs thousands of devices, or a server that fails when one likes.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../src/http/page/dist', import.meta.url));
const KINDS = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ALARMS = [
  { kind: 'camera_lost', about: null, words: 'there is no video device' },
  { kind: 'disk_low', about: null, words: 'only 120 MB left' },
  { kind: 'part_failed', about: 'live', words: 'the graph could not be loaded' },
];
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

/** A device like others: every so-and-so-many has something special. */
export function device(n, more = {}) {
  const id = `cam-${n}`;
  const training = n % 17 === 3 ? { id: '0198c6a0-0000-7000-8000-000000000000', state: 'training', phase: 'epoch 8 of 40: 12 experiments practise', epoch: 7, epochs: 40, progress: 0.18, eta: ago(-260) } : null;
  return {
    id,
    name: n % 5 ? id : `${['North', 'South', 'Old', 'New'][n % 4]} barn ${n}`,
    groups: [['barn', 'yard', 'gate', 'mast'][n % 4]],
    state: n % 41 === 7 ? 'offline' : n % 97 === 5 ? 'silent' : 'online',
    last_seen: ago(n % 41 === 7 ? 86_400 : n % 30),
    version: n % 9 ? '0.9.1' : '0.9.0',
    model: n % 6 ? { id: '0198c6a0-0000-7000-8000-000000000001', trained_at: ago(400_000), finds: ['hen', 'egg'], ap50: 0.5 + (n % 40) / 100, threshold: 0.4 } : null,
    training,
    disk: { free: 1e9 * (2 + (n % 50)), total: 64e9, reserve: 1e9 },
    temperature: 35 + (n % 40),
    frames: 4000 + n,
    labelled: n % 300,
    waiting: n % 120,
    cameras: [{ id: 'main', state: 'streaming' }],
    alarms: n % 61 === 9 ? [{ ...ALARMS[n % 3], since: ago(7_200) }] : [],
    picture_at: n % 3 ? ago(n % 900) : null,
    reach: n % 8 ? 'paired' : 'none',
    role: n % 8 ? 'admin' : null,
    unread: null,
    ...more,
  };
}

/** Serves `count` devices until `close`. `state` may be changed; `changed(…)` tells of devices that are another way now. */
export async function fleetServer(count) {
  const state = { broker: { connected: true, trouble: null, notes: [] }, role: 'admin', away: false, asked: [], orders: [] };
  const all = new Map(Array.from({ length: count }, (_, n) => [`cam-${n}`, { rev: 1, device: device(n) }]));
  const gone = new Map();
  let revision = 1;
  let waiting = [];
  const wake = () => {
    for (const go of waiting) go();
    waiting = [];
  };
  const changed = (...devices) => {
    revision += 1;
    for (const device of devices) all.set(device.id, { rev: revision, device });
    wake();
  };
  const forget = (id) => {
    revision += 1;
    all.delete(id);
    gone.set(id, revision);
    wake();
  };
  const list = (since) => ({
    revision,
    devices: [...all.values()].filter(({ rev }) => since === null || rev > since).map(({ device }) => device),
    gone: [...gone].filter(([, rev]) => since !== null && rev > since).map(([id]) => id),
    all: since === null,
    broker: state.broker,
  });
  const history = Array.from({ length: 120 }, (_, i) => ({
    id: 120 - i,
    at: ago(i * 600),
    device: `cam-${i % Math.max(1, count)}`,
    kind: ['alarm', 'cleared', 'online', 'offline', 'training', 'model', 'audit'][i % 7],
    words: ['only 120 MB left', 'the disk has room again', 'is there', 'is gone', 'a training is over', 'a model is live', 'Eva deleted a frame'][i % 7],
  }));

  const routes = {
    'GET me': () => ({ device: 'fleet', role: state.role, name: null, token: null, tls: 'none', page: readFileSync(join(DIST, 'version'), 'utf8') }),
    'GET tokens': () => ({ items: [], next: null }),
    'GET history': (_, query) => {
      const found = history.filter(({ id, device, kind }) => (!query.has('before') || id < Number(query.get('before'))) && (!query.get('device') || device === query.get('device')) && (!query.get('kind') || kind === query.get('kind')));
      const items = found.slice(0, Number(query.get('limit')));
      return { items, next: found.length > items.length ? items.at(-1).id : null };
    },
    'GET orders': (_, query) => {
      const all = state.orders.toReversed();
      const from = all.findIndex(({ id }) => id === query.get('before')) + 1;
      const items = all.slice(from, from + 50);
      return { items, next: all.length > from + 50 ? items.at(-1).id : null };
    },
    'POST orders': (body) => {
      const { devices, command, canary } = body;
      const order = { id: `0198c6a0-0000-7000-8000-${String(state.orders.length).padStart(12, '0')}`, command, body: body.body, made: ago(0), by: 'Eva', stopped: null, expires: ago(-600), state: canary ? 'canary' : 'running', devices: devices.map((id, i) => ({ id, state: i < (canary || devices.length) ? 'sent' : 'waiting', words: '' })) };
      state.orders.push(order);
      return order;
    },
  };

  const answer = async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://fleet');
    const json = (body, status = 200) => response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
    const refuse = (status, detail) => json({ status, title: detail, detail }, status);
    if (state.away) return request.socket.destroy();
    const path = pathname.match(/^\/api\/v1\/(.*)$/)?.[1];
    if (path === undefined) {
      const name = pathname === '/' ? 'fleet.html' : pathname.replace(/^\/(page\/)?/, '');
      try {
        const file = readFileSync(join(DIST, name));
        return response.writeHead(200, { 'content-type': KINDS[extname(name)] ?? 'application/octet-stream', 'content-security-policy': POLICY }).end(file);
      } catch {
        return refuse(404, 'there is nothing here');
      }
    }
    let text = '';
    for await (const part of request.setEncoding('utf8')) text += part;
    const body = text && JSON.parse(text);
    if (request.method !== 'GET') state.asked.push({ method: request.method, path, body });
    if (path === 'devices') {
      const since = searchParams.has('since') ? Number(searchParams.get('since')) : null;
      if (since === revision && searchParams.has('wait')) {
        await new Promise((done) => {
          waiting.push(done);
          setTimeout(done, Number(searchParams.get('wait')) * 1000).unref();
        });
      }
      return state.away ? request.socket.destroy() : json(list(since));
    }
    const [, id, below] = path.match(/^devices\/([^/]+)(?:\/(\w+))?$/) ?? [];
    if (id) {
      const known = all.get(id)?.device;
      if (!known) return refuse(404, `there is no device ${id}`);
      if (below === 'picture') return response.writeHead(200, { 'content-type': 'image/png' }).end(readFileSync(join(DIST, 'icon-192.png')));
      if (below === 'token' && request.method === 'PUT') {
        if (body.secret !== 'right') return refuse(422, 'the device does not know this token');
        changed({ ...known, reach: 'paired', role: 'admin' });
        return response.writeHead(204).end();
      }
      if (below === 'token') changed({ ...known, reach: 'none', role: null });
      else if (request.method === 'PATCH') changed({ ...known, ...body });
      else if (request.method === 'DELETE') forget(id);
      else return json(known);
      return request.method === 'PATCH' ? json(all.get(id).device) : response.writeHead(204).end();
    }
    const [, order, cancel] = path.match(/^orders\/([\w-]+)(\/cancel)?$/) ?? [];
    if (order) {
      const found = state.orders.find(({ id }) => id === order);
      if (!found) return refuse(404, 'there is no such order');
      if (cancel) Object.assign(found, { state: 'stopped', stopped: 'Eva stopped it' });
      return json(found);
    }
    const route = routes[`${request.method} ${path}`];
    return route ? json(route(body, searchParams), request.method === 'POST' ? 202 : 200) : refuse(404, `there is nothing at ${path}`);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.headersSent || response.writeHead(500).end(String(error)));
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const close = () => {
    wake();
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, state, changed, forget, close, get: (id) => all.get(id)?.device };
}
