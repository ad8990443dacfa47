// Which devices are listed, and in which order; kept in the address, so that it can be sent to somebody.
import type { AlarmKind, Device } from '../api/contract';

export const SHOWN = ['all', 'wrong', 'online', 'offline', 'silent', 'training', 'unpaired'] as const;
export type Shown = (typeof SHOWN)[number];
export const ORDERS = ['wrong', 'name', 'seen', 'model', 'waiting', 'disk', 'heat'] as const;
export type Sorted = (typeof ORDERS)[number];

export interface Wanted {
  show: Shown;
  /** Words that its name, id, groups or alarms have, all of them. */
  search: string;
  group: string;
  version: string;
  alarm: AlarmKind | '';
  sort: Sorted;
  /** Under the names of their groups. */
  grouped: boolean;
}

export const ALL: Wanted = {
  show: 'all',
  search: '',
  group: '',
  version: '',
  alarm: '',
  sort: 'wrong',
  grouped: false,
};

const one = <T extends string>(known: readonly T[], name: string | null): T =>
  known.find((own) => own === name) ?? (known[0] as T);

export const read = (asked: URLSearchParams): Wanted => ({
  show: one(SHOWN, asked.get('show')),
  search: asked.get('search') ?? '',
  group: asked.get('group') ?? '',
  version: asked.get('version') ?? '',
  alarm: (asked.get('alarm') ?? '') as AlarmKind | '',
  sort: one(ORDERS, asked.get('sort')),
  grouped: asked.has('grouped'),
});

/** As in an address, without what goes without saying. */
export function written(wanted: Wanted): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    if (value && value !== ALL[name as keyof Wanted]) asked.set(name, String(value));
  }
  return asked.size ? `?${asked}` : '';
}

/** How much a device is in need of somebody: less is more. */
export function urgency({ alarms, state, reach, unread, training }: Device): number {
  if (alarms.length) return state === 'online' ? 0 : 1;
  if (state !== 'online') return state === 'silent' ? 2 : 3;
  if (reach === 'unknown_token' || reach === 'refused' || unread) return 4;
  return training ? 5 : 6;
}

/** Whether something is wrong with it. */
export const wrong = (device: Device): boolean => urgency(device) < 5;

const IS: Record<Shown, (device: Device) => boolean> = {
  all: () => true,
  wrong,
  online: ({ state }) => state === 'online',
  offline: ({ state }) => state === 'offline',
  silent: ({ state }) => state === 'silent',
  training: ({ training }) => Boolean(training),
  unpaired: ({ reach }) => reach !== 'paired',
};

/** How many there are of each, among all. */
export function counts(devices: Iterable<Device>): Record<Shown, number> {
  const found = Object.fromEntries(SHOWN.map((name) => [name, 0])) as Record<Shown, number>;
  for (const device of devices) for (const name of SHOWN) if (IS[name](device)) found[name] += 1;
  return found;
}

/** Cases and marks do not matter. */
const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function searched({ id, name, groups, alarms }: Device, words: string[]): boolean {
  if (!words.length) return true;
  const text = plain([id, name, ...groups, ...alarms.map((alarm) => alarm.words)].join('\n'));
  return words.every((word) => text.includes(word));
}

const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
/** What was not said comes last. */
const number = (value: number | null | undefined, way: 1 | -1) => (value == null ? Number.MAX_VALUE : value * way);
const BY: Record<Exclude<Sorted, 'name'>, (device: Device) => number> = {
  wrong: urgency,
  seen: ({ last_seen: seen }) => number(seen ? Date.parse(seen) : null, 1),
  model: ({ model }) => number(model?.ap50, 1),
  waiting: ({ waiting }) => number(waiting, -1),
  disk: ({ disk }) => number(disk && disk.free / Math.max(1, disk.total), 1),
  heat: ({ temperature }) => number(temperature, -1),
};

/** Those that are wanted, in the order that is. */
export function pick(devices: Iterable<Device>, wanted: Wanted): Device[] {
  const words = plain(wanted.search).split(/\s+/).filter(Boolean);
  const found = [...devices].filter(
    (device) =>
      IS[wanted.show](device) &&
      (!wanted.group || device.groups.includes(wanted.group)) &&
      (!wanted.version || device.version === wanted.version) &&
      (!wanted.alarm || device.alarms.some(({ kind }) => kind === wanted.alarm)) &&
      searched(device, words),
  );
  const by = wanted.sort === 'name' ? () => 0 : BY[wanted.sort];
  const keyed = found.map((device) => ({ device, key: by(device) }));
  keyed.sort((a, b) => a.key - b.key || compare(a.device.name, b.device.name) || (a.device.id < b.device.id ? -1 : 1));
  return keyed.map(({ device }) => device);
}

/** A row of the list: a device, or the head of a group. */
export type Row = { head: string; devices: Device[] } | { head: null; device: Device; key: string };

/** In groups, each under its head; a device that is in several is under each. Those in none come last, under ''. */
export function grouped(devices: Device[]): Row[] {
  const groups = new Map<string, Device[]>();
  for (const device of devices) {
    for (const group of device.groups.length ? device.groups : ['']) {
      const inside = groups.get(group);
      if (inside) inside.push(device);
      else groups.set(group, [device]);
    }
  }
  const names = [...groups.keys()].sort((a, b) => Number(!a) - Number(!b) || compare(a, b));
  return names.flatMap((head): Row[] => {
    const inside = groups.get(head) ?? [];
    return [
      { head, devices: inside },
      ...inside.map((device): Row => ({ head: null, device, key: `${head}/${device.id}` })),
    ];
  });
}

export const flat = (devices: Device[]): Row[] => devices.map((device) => ({ head: null, device, key: device.id }));

/** All different values, in order. */
export const values = (all: Iterable<string | null | undefined>): string[] =>
  [...new Set(all)].filter((value) => value != null).sort(compare);
