// Whether the browser trusts the device's own authority: it refuses the service worker otherwise.
import { me } from '../api/access';
import { trusted } from '../shell/worker';

const KEY = 'fieldcoach.certificate';

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
