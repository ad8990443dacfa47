// The service worker, and whether the browser refuses it: then it does not trust the device's own authority.
import { me } from '../api/access';

const KEY = 'fieldcoach.certificate';

/** Whether the worker could be registered: where the device has its own authority, that means that this browser trusts it. */
const trusted: Promise<boolean> = (async () => {
  if (!isSecureContext || !navigator.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register('sw.js');
    return true;
  } catch {
    return false;
  }
})();

/** Whether there is something to explain. Before anybody is paired only the authority itself tells whose certificate it is. */
export async function untrusted(): Promise<boolean> {
  if (location.protocol !== 'https:' || (await trusted)) return false;
  const known = me.peek();
  if (known) return known.tls === 'own';
  try {
    return (await fetch('authority.crt', { method: 'HEAD' })).ok;
  } catch {
    return false;
  }
}

export function dismissed(): boolean {
  try {
    return localStorage.getItem(KEY) === 'dismissed';
  } catch {
    return false;
  }
}

export function dismiss(yes: boolean): void {
  try {
    if (yes) localStorage.setItem(KEY, 'dismissed');
    else localStorage.removeItem(KEY);
  } catch {
    // shown again next time
  }
}
