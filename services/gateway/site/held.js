// This browser's subscription: kept where the page and the service worker find it.

import { api } from './api.js';

const KEPT = 'livebell.subscription';

// A subscription that a link brought here from another browser is this tab's alone.
export const borrowed = () => sessionStorage.getItem(KEPT) !== null;
export const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT) ?? 'null');
export const giveBack = () => sessionStorage.removeItem(KEPT);

// The service worker renews a push that changed while no page is open; it reads caches, and no localStorage.
export async function keep(held) {
  if (borrowed()) return giveBack();
  if (held) localStorage.setItem(KEPT, JSON.stringify(held));
  else localStorage.removeItem(KEPT);
  const cache = await globalThis.caches?.open(KEPT).catch(() => null);
  return (held ? cache?.put('/kept', Response.json(held)) : Promise.all(['/kept', '/last'].map((path) => cache?.delete(path))));
}

// When the worker last showed an alert; null where it never did.
export async function lastShown() {
  const found = await globalThis.caches?.match('/last').catch(() => null);
  return found ? new Date((await found.json()).at) : null;
}

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));

export async function pushChannel() {
  if (!('serviceWorker' in navigator) || !('PushManager' in window)) {
    throw new Error('This browser has no push. On an iPhone, first add this page to the home screen.');
  }
  if ((await Notification.requestPermission()) !== 'granted') {
    throw new Error('Notifications are switched off for this page: allow them in the browser’s settings.');
  }
  const { public_key: key } = await api('GET', '/api/v1/push/key');
  await navigator.serviceWorker.register('/sw.js');
  const worker = await navigator.serviceWorker.ready;
  const push = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  return { type: 'webpush', ...push.toJSON() };
}

// The browser's push, null where it has none.
export async function browsersPush() {
  const worker = await navigator.serviceWorker?.getRegistration();
  return (await worker?.pushManager?.getSubscription()) ?? null;
}

// A link from elsewhere carries id and token in its fragment, which reaches no server and no log.
export async function takeOver() {
  const [id, token] = location.hash.startsWith('#manage=') ? location.hash.slice(8).split('.') : [];
  if (!id || !token) return false;
  const cached = await globalThis.caches?.match('/kept').catch(() => null);
  const own = JSON.parse(localStorage.getItem(KEPT) ?? 'null') ?? (await cached?.json());
  giveBack();
  if (own?.id === id) await keep({ ...own, token });
  else sessionStorage.setItem(KEPT, JSON.stringify({ id, token }));
  history.replaceState(null, '', location.pathname);
  return true;
}

export const manageLink = ({ id, token }) => `${location.origin}/#manage=${id}.${token}`;
