// Who uses the page, on which device, and what that one may do. Everything else asks here.
import { api, on, tell } from './api.js';

const ROLES = ['viewer', 'labeller', 'admin'];
// Under a proxy several devices share a browser's storage; the path tells them apart.
const KEY = `fieldcoach.me:${location.pathname}`;

/** The last answer to `GET /me`, from this or an earlier visit: `{device, role, name, token, tls}`; null before the first. */
export let me = null;
try { me = JSON.parse(localStorage.getItem(KEY)); } catch { /* asked anew each time */ }

let asked = null; // the running or last question, while nothing says that another device may be there

/** Asks the device who one is. */
export function learn() {
  const own = api('me').then(take);
  asked = own;
  own.catch(() => { if (asked === own) asked = null; });
  return own;
}

/** Resolves once the device there now has said who it is: an address may belong to another one tomorrow. */
export const sure = () => asked ?? learn();

async function take(fresh) {
  const known = me;
  try { localStorage.setItem(KEY, JSON.stringify(fresh)); } catch { /* asked anew each time */ }
  if (known && known.device !== fresh.device) {
    // What is on the screen, and what waits to be sent, belongs to the device before: nothing goes on from here.
    location.reload();
    await new Promise(() => {});
  }
  me = fresh;
  show();
  if (JSON.stringify(known) !== JSON.stringify(me)) tell('me', me);
  return me;
}

/** Whether one may do what `role` may. */
export const can = (role) => ROLES.indexOf(me?.role) >= ROLES.indexOf(role);

// `data-needs="labeller"` shows an element to labellers and above, `data-below="admin"` to all others; see style.css.
function show() {
  for (const role of ROLES) document.body.classList.toggle(role, can(role));
  document.getElementById('device-name').textContent = me?.device ?? '';
}

/** What a role may do, in plain words. */
export const MAY = {
  viewer: 'look at the camera, labels, and trainings',
  labeller: 'label, capture frames, and start trainings',
  admin: 'do everything, also put models on the camera and let people in',
};

on('silence', () => { asked = null; });
on('open', () => learn().catch(() => {}));
on('forbidden', () => learn().catch(() => {}));
show();
