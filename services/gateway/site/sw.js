// Shows each push as a notification, replaces it under its tag, and opens the entry that it is about.

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  event.waitUntil(show(event.data));
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
    renotify: Boolean(told.tag) && told.data?.type === 'entry.created',
    icon: '/icon.svg',
    data: { url: told.navigate ?? '/' },
  });
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.url));
});

// The page holds the token that a change needs, so a renewed subscription waits for the next visit to any open page.
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(
    self.clients.matchAll().then((pages) => pages.forEach((page) => page.postMessage('renew'))),
  );
});
