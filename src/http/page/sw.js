// The service worker: the page's own files, from the device where it answers, else as they were last time.
// It never touches the API, its streams, or the authority's certificate.

const SCOPE = new URL('./', self.location).pathname; // `/`, or `/cam7/` behind a proxy
const PREFIX = `fieldcoach ${SCOPE} `; // several devices may share an origin
const CACHE = `${PREFIX}1`;
const PATIENCE = 5000; // ms for the device to answer, where there is something to show instead

// A test holds this list to the folder.
const FILES = [
  './', 'manifest.webmanifest', 'page/style.css', 'page/icon.svg', 'page/icon-192.png', 'page/icon-512.png',
  'page/icon-maskable.png', 'page/apple-touch-icon.png', 'page/access.js', 'page/api.js', 'page/app.js', 'page/camera.js',
  'page/canvas.js', 'page/categories.js', 'page/certificate.js', 'page/chips.js', 'page/device.js', 'page/drafts.js',
  'page/flipbook.js', 'page/invite.js', 'page/label.js', 'page/newcategory.js', 'page/pair.js', 'page/plots.js',
  'page/queue.js', 'page/saved.js', 'page/sheet.js', 'page/strip.js', 'page/train.js', 'page/turn.js', 'page/wait.js',
];
const OWN = new Set(FILES.map((file) => new URL(file, self.location).pathname));

self.addEventListener('install', (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
  await self.skipWaiting();
})()));

self.addEventListener('activate', (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
})()));

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || !OWN.has(url.pathname)) return;
  event.respondWith(answer(event.request, url.pathname));
});

async function answer(request, path) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  try {
    const fresh = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE) } : {});
    if (fresh.ok && !fresh.redirected) await cache.put(path, fresh.clone());
    // A proxy answers for a device that is off.
    return fresh.ok || !kept ? fresh : kept;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
