// The service worker: the page's own files, as they were installed, so that the page opens without the device. It never
// touches the API, its streams, or the authority's certificate.
export {};

declare const self: ServiceWorkerGlobalScope;

const SCOPE = new URL('./', self.location.href).pathname; // `/`, or `/cam7/` behind a proxy
const PREFIX = `fieldcoach ${SCOPE} `; // several devices may share an origin
const CACHE = `${PREFIX}${VERSION}`;
/** Milliseconds for the device to answer, where there is something to show instead. */
const PATIENCE = 4_000;
const OWN = new Set(FILES.map((file) => new URL(file, self.location.href).pathname));

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(FILES.map((file) => new Request(file, { cache: 'no-cache' })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || !OWN.has(url.pathname)) return;
  event.respondWith(url.pathname === SCOPE ? page(event.request) : file(event.request, url.pathname));
});

/** The page itself: from the device, so that an update shows at once; else as it was installed. */
async function page(request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(SCOPE);
  try {
    const fresh = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE) } : {});
    // A proxy answers for a device that is off.
    return fresh.ok || !kept ? fresh : kept;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** A file whose name changes with its content, or an icon: as it was installed. */
async function file(request: Request, path: string): Promise<Response> {
  return (await (await caches.open(CACHE)).match(path)) ?? fetch(request);
}
