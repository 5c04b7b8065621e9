// Shows each push as a notification, replaces it under its tag, and opens the entry that it is about.

const KEPT = 'livebell.subscription';
const MANAGE = 'manage';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  event.waitUntil(Promise.all([show(event.data), note()]));
});

function show(data) {
  let told = {};
  try {
    told = data.json().notification ?? {};
  } catch {
    // A push that shows nothing would end the browser's trust in us.
  }
  return self.registration.showNotification(told.title ?? 'Livebell', {
    body: told.body ?? 'Something was posted.',
    tag: told.tag,
    // An edit or a withdrawal replaces its alert without ringing again.
    renotify: Boolean(told.tag) && told.data?.type === 'entry.created' && !told.silent,
    silent: Boolean(told.silent) || ['entry.updated', 'entry.deleted'].includes(told.data?.type),
    icon: '/icon-192.png',
    actions: [{ action: MANAGE, title: 'Manage alerts' }],
    data: { url: told.navigate ?? '/' },
  });
}

// The page tells the reader when the last alert came.
async function note() {
  const cache = await caches.open(KEPT);
  await cache.put('/last', Response.json({ at: new Date().toISOString() }));
  for (const client of await self.clients.matchAll({ type: 'window' })) client.postMessage('shown');
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(event.action === MANAGE ? manage() : self.clients.openWindow(event.notification.data.url));
});

// The token lies in the fragment, which reaches no server and no log.
async function manage() {
  const held = await (await caches.match('/kept'))?.json();
  return self.clients.openWindow(held ? `/#manage=${held.id}.${held.token}` : '/#alerts');
}

// Push services change a browser's endpoint; what we send to the old one is lost.
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(renew(event.newSubscription));
});

async function renew(given) {
  const held = await (await caches.match('/kept'))?.json();
  if (!held || held.channel === 'webhook') return;
  const { public_key: key } = await (await fetch('/api/v1/push/key')).json();
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  const push = given ?? (await self.registration.pushManager.subscribe(options));
  await fetch(`/api/v1/subscriptions/${held.id}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${held.token}` },
    body: JSON.stringify({ channel: { type: 'webpush', ...push.toJSON() } }),
  });
}

function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
}
