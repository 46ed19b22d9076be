// Keeps the shell of the phone page so that it opens without a network. It never keeps an answer about anybody:
// only the files named in SHELL, none of which holds data. VERSION and SHELL are written above by the server.
const CACHE = `visits-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (!SHELL.includes(address.pathname)) return;
  event.respondWith(event.request.mode === "navigate" ? freshOrKept(event.request) : keptOrFresh(event.request));
});

async function keep() {
  const cache = await caches.open(CACHE);
  for (const address of SHELL) {
    const answer = await fetch(address, { cache: "no-cache" });
    // A sign-in page in place of the shell is not the shell.
    if (answer.ok && !answer.redirected) await cache.put(address, answer);
  }
}

async function forgetOlder() {
  for (const name of await caches.keys()) {
    if (name.startsWith("visits-") && name !== CACHE) await caches.delete(name);
  }
}

async function freshOrKept(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic" && !answer.redirected) await cache.put(new URL(request.url).pathname, answer.clone());
    if (answer.status < 500) return answer;
    return (await cache.match(new URL(request.url).pathname)) || answer;
  } catch (error) {
    const kept = await cache.match(new URL(request.url).pathname);
    if (kept) return kept;
    throw error;
  }
}

async function keptOrFresh(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(new URL(request.url).pathname)) || fetch(request);
}
