// The service worker: with it the page opens without the device.
import { quiet } from '../api/early';

/** Whether it could be registered: where the device has its own authority, that means that this browser trusts it. */
export const trusted: Promise<boolean> = (async () => {
  if (!isSecureContext || !navigator.serviceWorker) return false;
  try {
    await quiet(); // it fetches the whole page
    await navigator.serviceWorker.register('sw.js');
    return true;
  } catch {
    return false;
  }
})();
