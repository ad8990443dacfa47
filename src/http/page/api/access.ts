// Who uses the page, on which device, and what that one may do.
import { signal } from '@preact/signals';
import { device, HOME, ok } from './client';
import { on, tell } from './news';
import type { Me, Role } from './types';

const ROLES: Role[] = ['viewer', 'labeller', 'admin'];
// Under a proxy several devices share a browser's storage; the path tells them apart.
const KEY = `fieldcoach.me:${HOME}`;

/** The last answer to `GET /me`, from this or an earlier visit; null before the first. */
export const me = signal<Me | null>(remembered());

function remembered(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null');
  } catch {
    return null; // asked anew each time
  }
}

let asked: Promise<Me> | null = null; // the running or last question, while nothing says that another device may be there

/** Asks the device who one is. */
export function learn(): Promise<Me> {
  const own = ok(device.GET('/api/v1/me')).then(take);
  asked = own;
  own.catch(() => {
    if (asked === own) asked = null;
  });
  return own;
}

/** Resolves once the device there now has said who it is: an address may belong to another one tomorrow. */
export const sure = (): Promise<Me> => asked ?? learn();

async function take(fresh: Me): Promise<Me> {
  const known = me.peek();
  try {
    localStorage.setItem(KEY, JSON.stringify(fresh));
  } catch {
    // asked anew each time
  }
  if (known && known.device !== fresh.device) {
    // What is on the screen, and what waits to be sent, belongs to the device before: nothing goes on from here.
    location.reload();
    await new Promise(() => {});
  }
  if (JSON.stringify(known) !== JSON.stringify(fresh)) {
    me.value = fresh;
    tell('me', fresh);
  }
  return fresh;
}

/** Whether one may do what `role` may. */
export const can = (role: Role): boolean => me.value !== null && ROLES.indexOf(me.value.role) >= ROLES.indexOf(role);

on('silence', () => {
  asked = null;
});
on('open', () => void learn().catch(() => {}));
on('forbidden', () => void learn().catch(() => {}));
