/* Keeps the screens on this device: what is named by its content never changes, pages and menu are asked for anew and kept for when nobody answers. */
const KEPT = 'screens-1'
const PAGES = /^\/($|register|display|device|kiosk|shop|icon\.svg|app\.webmanifest|api\/menu$)/

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (pathname.startsWith('/assets/')) event.respondWith(keptFirst(request))
  else if (PAGES.test(pathname)) event.respondWith(freshFirst(request, pathname))
})

async function keptFirst(request) {
  const kept = await caches.open(KEPT)
  return (await kept.match(request)) ?? remember(kept, request.url, await fetch(request))
}

async function freshFirst(request, pathname) {
  const kept = await caches.open(KEPT)
  try {
    return remember(kept, pathname, await fetch(request))
  } catch (fault) {
    const known = await kept.match(pathname)
    if (known) return known
    throw fault
  }
}

function remember(kept, name, response) {
  if (response.ok) void kept.put(name, response.clone())
  return response
}
