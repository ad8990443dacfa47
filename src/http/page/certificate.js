// The service worker, and where the browser refuses it: the device's own authority, why the browser warned of it, and
// how to install it.
import { me } from './access.js';
import { h } from './api.js';

const KEY = 'fieldcoach.certificate';

/** Whether the worker could be registered: where the device has its own authority, that means that this browser trusts it. */
const trusted = (async () => {
  if (!isSecureContext || !navigator.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register('sw.js');
    return true;
  } catch { return false; }
})();

/** Whether there is something to explain. Before anybody is paired only the authority itself tells whose certificate it is. */
export async function untrusted() {
  if (location.protocol !== 'https:' || await trusted) return false;
  if (me) return me.tls === 'own';
  try { return (await fetch('authority.crt', { method: 'HEAD' })).ok; } catch { return false; }
}

export const dismissed = () => { try { return localStorage.getItem(KEY) === 'dismissed'; } catch { return false; } };
function dismiss(yes) {
  try { if (yes) localStorage.setItem(KEY, 'dismissed'); else localStorage.removeItem(KEY); } catch { /* shown again next time */ }
}

/** Puts the card into `place`, or nothing. `again`: where it was dismissed, a button that brings it back. */
export async function explain(place, { again = false } = {}) {
  const wanted = await untrusted();
  if (wanted && !dismissed()) place.replaceChildren(card(place.id, () => { dismiss(true); explain(place, { again }); }));
  else if (wanted && again) place.replaceChildren(h('div', { class: 'row' }, h('button', { class: 'grow', onclick: () => { dismiss(false); explain(place, { again }); } }, 'How to end the browser’s warnings')));
  else place.replaceChildren();
}

function card(group, close) {
  const likely = system();
  return h('div', { class: 'card certificate', id: 'certificate' },
    h('h2', {}, 'Why the browser warned you'),
    h('p', {}, 'No public authority vouches for a machine on your own network, so this device vouches for itself. What you send and see is encrypted all the same.'),
    h('p', {}, 'Install the device’s authority once, and there are no more warnings; the page then goes on the home screen like an app, and opens without a network. Everything else works without.'),
    h('div', { class: 'row' },
      h('a', { class: 'button primary grow', id: 'authority', href: 'authority.crt' }, 'Get the authority'),
      h('button', { id: 'certificate-close', onclick: close }, 'Not now')),
    ...STEPS.map(([name, steps]) => h('details', { name: group, open: name === likely }, h('summary', {}, name), h('ol', {}, ...steps.map((step) => h('li', {}, step))))),
    h('p', { class: 'hint' }, 'To be sure that it is the right one, compare its SHA-256 fingerprint, which your system shows, with the one beside the code that let you in: on the admin’s phone, or where ', h('code', {}, 'fieldcoach pair'), ' was run.'),
    h('div', { class: 'row' }, h('button', { class: 'grow', onclick: () => location.reload() }, 'Installed: load the page again')));
}

const STEPS = [
  ['Android', [
    'Tap “Get the authority”, and keep the file.',
    'Open Settings and search for “CA certificate”. It lies under Security, More security settings, Install from device storage.',
    'Choose CA certificate, Install anyway, and the file authority.crt.',
    'Close the browser and open this page again.',
  ]],
  ['iPhone and iPad', [
    'In Safari, tap “Get the authority”, and Allow.',
    'Open Settings. Near the top it says Profile Downloaded: tap it, then Install.',
    'Go to General, About, Certificate Trust Settings, and switch the authority on.',
    'Open this page again.',
  ]],
  ['Windows', [
    'Get the authority, and open the file.',
    'Choose Install Certificate, Current User, “Place all certificates in the following store”, and there Trusted Root Certification Authorities.',
    'Close the browser altogether and open this page again.',
  ]],
  ['macOS', [
    'Get the authority, and open the file: Keychain Access takes it into the login keychain.',
    'Double-click it there, open Trust, and choose Always Trust.',
    'Close the browser altogether and open this page again.',
  ]],
  ['Chrome on Linux', [
    'Get the authority.',
    'Open chrome://certificate-manager, and under Local certificates, Installed by you, import the file as trusted.',
    'Or in a terminal: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n fieldcoach -i authority.crt',
    'Close the browser altogether and open this page again.',
  ]],
  ['Firefox', [
    'Get the authority. Where Firefox asks at once, tick “Trust this CA to identify websites”, and it is done.',
    'Else open Settings, search for “certificates”, and choose View Certificates, Authorities, Import.',
    'Take the file, tick “Trust this CA to identify websites”, and open this page again.',
  ]],
];

/** The likely one of the systems above. */
function system() {
  const agent = navigator.userAgent;
  if (/Android/.test(agent)) return 'Android';
  if (/iPhone|iPad/.test(agent) || (/Mac OS/.test(agent) && navigator.maxTouchPoints > 1)) return 'iPhone and iPad';
  if (/Firefox/.test(agent)) return 'Firefox';
  return /Windows/.test(agent) ? 'Windows' : /Mac OS/.test(agent) ? 'macOS' : 'Chrome on Linux';
}
