// The subscriber's page: entries as they are posted, and this browser's push subscription. Text from outside is only
// ever set as text.

const KEPT = 'livebell.subscription';
const PAGE = 30;
const MOST_WAITING = 100;
const AGAIN_MS = 5000;
const byId = (id) => document.getElementById(id);
const entries = byId('entries');
const waiting = new Map();
let cursor = null;
let events = null;
let again = null;
let alertsFrom = [];

// --- entries -------------------------------------------------------------------------------------------------------

async function api(method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw Object.assign(new Error(answer?.detail ?? `${response.status}`), { status: response.status });
  return answer;
}

const keyOf = (entry) => `${entry.source}\n${entry.id}`;

function shown(entry) {
  const item = byId('entry').content.firstElementChild.cloneNode(true);
  item.dataset.key = keyOf(entry);
  const time = item.querySelector('time');
  const at = new Date(entry.published_at ?? entry.seen_at);
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleString([], { weekday: 'short', hour: '2-digit', minute: '2-digit' });
  item.querySelector('.blog').textContent = entry.blog.title ?? entry.source;
  item.querySelector('.mark').textContent = markOf(entry);
  item.classList.toggle('deleted', entry.deleted);
  const title = item.querySelector('h3 a');
  const link = entry.title ? title : item.querySelector('header a');
  title.textContent = entry.title ?? '';
  item.querySelector('h3').hidden = !entry.title;
  const url = entry.url ?? entry.blog.url;
  lead(link, url);
  const text = item.querySelector('.text');
  for (const part of entry.text.split('\n\n').filter(Boolean)) {
    text.append(Object.assign(document.createElement('p'), { textContent: part }));
  }
  for (const card of entry.links) {
    const to = Object.assign(document.createElement('a'), { textContent: card.title ?? card.url ?? '' });
    const part = Object.assign(document.createElement('p'), { className: 'card' });
    lead(to, card.url);
    part.append(to, card.summary ? ` — ${card.summary}` : '');
    text.append(part);
  }
  // Pictures lie on other sites, which would learn who reads: what is said of them is shown.
  for (const told of entry.images.map((image) => image.caption ?? image.alt).filter(Boolean)) {
    text.append(Object.assign(document.createElement('p'), { className: 'faint', textContent: `Picture: ${told}` }));
  }
  const about = item.querySelector('.about');
  for (const name of new Set(entry.places.map((place) => place.name))) {
    about.append(Object.assign(document.createElement('span'), { textContent: name }));
  }
  return item;
}

function lead(link, url) {
  if (url && /^https?:/i.test(url)) Object.assign(link, { href: url, target: '_blank', rel: 'noopener noreferrer' });
}

function markOf(entry) {
  if (entry.deleted) return 'withdrawn';
  const marks = [];
  if (entry.key_event) marks.push('key event');
  if (entry.revision > 1) marks.push('edited');
  if (entry.urgency >= 0.5) marks.push('important');
  return marks.join(' · ');
}

function standing(key) {
  return [...entries.children].find((item) => item.dataset.key === key);
}

async function load(more = false) {
  const query = new URLSearchParams({ limit: PAGE });
  if (byId('source').value) query.set('source', byId('source').value);
  if (more && cursor) query.set('cursor', cursor);
  const answer = await api('GET', `/api/v1/entries?${query}`);
  if (!more) entries.replaceChildren();
  for (const entry of answer.entries) waiting.delete(keyOf(entry));
  offer();
  entries.append(...answer.entries.map(shown));
  cursor = answer.next;
  byId('more').hidden = !cursor;
  byId('none').hidden = entries.children.length > 0;
}

function follow() {
  events?.close();
  const source = byId('source').value;
  events = new EventSource(`/api/v1/stream${source ? `?source=${encodeURIComponent(source)}` : ''}`);
  // What was posted before the stream began is in the list, what comes later in the stream; it resumes by itself.
  let begun = false;
  events.onopen = () => {
    say('live', 'Live');
    if (!begun) load();
    begun = true;
  };
  events.onerror = () => {
    say('', 'Connection lost, trying again…');
    // After an answer that is no stream the browser gives up, and where we were is lost with it.
    if (events.readyState === EventSource.CLOSED) again ??= setTimeout(choose, AGAIN_MS);
  };
  events.addEventListener('entry.created', (event) => announce(JSON.parse(event.data)));
  for (const kind of ['entry.updated', 'entry.deleted']) {
    events.addEventListener(kind, (event) => replace(JSON.parse(event.data)));
  }
  events.addEventListener('blog.closed', () => sources());
}

function say(state, text) {
  byId('state').className = state;
  byId('state').textContent = text;
}

// New entries wait behind a button, so that nothing moves under whoever reads.
function announce(entry) {
  waiting.set(keyOf(entry), entry);
  if (waiting.size > MOST_WAITING) waiting.delete(waiting.keys().next().value);
  offer();
}

function offer() {
  const count = waiting.size;
  byId('fresh').textContent = count === 1 ? 'Show 1 new entry' : `Show ${count}${count < MOST_WAITING ? '' : ' or more'} new entries`;
  byId('fresh').hidden = count === 0;
}

function replace(entry) {
  if (waiting.has(keyOf(entry))) waiting.set(keyOf(entry), entry);
  const before = standing(keyOf(entry));
  const after = shown(entry);
  after.classList.toggle('new', Boolean(before?.classList.contains('new')));
  before?.replaceWith(after);
}

function reveal() {
  if (waiting.size >= MOST_WAITING) return choose();
  for (const old of entries.querySelectorAll('.new')) old.classList.remove('new');
  for (const entry of waiting.values()) {
    const item = shown(entry);
    item.classList.add('new');
    standing(keyOf(entry))?.remove();
    entries.prepend(item);
  }
  waiting.clear();
  offer();
  byId('none').hidden = entries.children.length > 0;
  return entries.focus({ preventScroll: true });
}

async function sources() {
  const answer = await api('GET', '/api/v1/sources');
  const select = byId('source');
  const chosen = select.value;
  select.replaceChildren(new Option('All', ''));
  for (const source of answer.sources) {
    select.add(new Option(`${source.title ?? source.id}${source.live === false ? ' (closed)' : ''}`, source.id));
  }
  select.value = chosen;
}

function feeds() {
  const source = byId('source').value;
  for (const form of ['atom', 'json']) {
    byId(form).hidden = !source;
    if (source) byId(form).href = `/feeds/${source}.${form}`;
  }
  byId('feedhint').hidden = Boolean(source);
  alertsAreFrom(source ? [source] : []);
}

// What the form asks for: the chosen live blog, or those of the subscription that this browser has.
function alertsAreFrom(chosen) {
  alertsFrom = chosen;
  const names = new Map([...byId('source').options].map((option) => [option.value, option.textContent]));
  byId('from').textContent = chosen.map((source) => names.get(source) ?? source).join(', ') || 'all live blogs';
}

async function choose() {
  clearTimeout(again);
  again = null;
  waiting.clear();
  offer();
  feeds();
  follow();
  await load();
}

// --- alerts in this browser ----------------------------------------------------------------------------------------

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? 'null');

// The service worker renews a push that changed while no page is open; it reads caches, and no localStorage.
async function keep(held) {
  if (held) localStorage.setItem(KEPT, JSON.stringify(held));
  else localStorage.removeItem(KEPT);
  const cache = await globalThis.caches?.open(KEPT).catch(() => null);
  await (held ? cache?.put('/kept', Response.json(held)) : cache?.delete('/kept'));
}

function tell(text) {
  byId('said').textContent = text;
}

const list = (text) => text.split(',').map((part) => part.trim()).filter(Boolean);

function filter() {
  const wanted = { changes: byId('edits').checked ? ['created', 'updated', 'deleted'] : ['created'] };
  if (list(byId('words').value).length) wanted.words = list(byId('words').value);
  if (list(byId('places').value).length) wanted.places = list(byId('places').value);
  if (byId('urgency').value) wanted.min_urgency = Number(byId('urgency').value);
  if (alertsFrom.length) wanted.sources = alertsFrom;
  return wanted;
}

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));

async function pushChannel() {
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

async function subscribe(event) {
  event.preventDefault();
  try {
    const held = kept();
    if (held) {
      await api('PATCH', `/api/v1/subscriptions/${held.id}`, { filter: filter() }, held.token);
      tell('Changed.');
    } else {
      const made = await api('POST', '/api/v1/subscriptions', { channel: await pushChannel(), filter: filter() });
      await keep({ id: made.id, token: made.token });
      tell('Alerts are on. “Test” sends one now.');
    }
  } catch (error) {
    tell(error.message);
  }
  await show();
}

async function test() {
  const held = kept();
  try {
    await api('POST', `/api/v1/subscriptions/${held.id}/test`, undefined, held.token);
    tell('A test alert is on its way.');
  } catch (error) {
    tell(error.message);
  }
}

async function leave() {
  const held = kept();
  try {
    await api('DELETE', `/api/v1/subscriptions/${held.id}`, undefined, held.token);
  } catch (error) {
    if (error.status !== 401) return tell(error.message);
  }
  await keep(null);
  const worker = await navigator.serviceWorker?.getRegistration();
  const push = await worker?.pushManager.getSubscription();
  await push?.unsubscribe();
  tell('Alerts are off, and nothing of you is kept.');
  return show();
}

// Push services change a browser's endpoint; what we send to the old one is lost.
async function renew() {
  const held = kept();
  if (!held || globalThis.Notification?.permission !== 'granted') return;
  await api('PATCH', `/api/v1/subscriptions/${held.id}`, { channel: await pushChannel() }, held.token);
}

// A link from elsewhere carries id and token in its fragment, which reaches no server and no log.
async function takeOver() {
  const [id, token] = location.hash.startsWith('#manage=') ? location.hash.slice(8).split('.') : [];
  if (!id || !token) return;
  await keep({ id, token });
  history.replaceState(null, '', location.pathname);
}

async function show() {
  const held = kept();
  byId('test').hidden = byId('leave').hidden = !held;
  byId('subscribe').textContent = held ? 'Change' : 'Alert me';
  if (!held) return;
  try {
    const found = await api('GET', `/api/v1/subscriptions/${held.id}`, undefined, held.token);
    byId('words').value = (found.filter.words ?? []).join(', ');
    byId('places').value = (found.filter.places ?? []).join(', ');
    byId('urgency').value = String(found.filter.min_urgency ?? '');
    byId('edits').checked = (found.filter.changes ?? []).length > 1;
    alertsAreFrom(found.filter.sources ?? []);
  } catch (error) {
    if (error.status !== 401) return;
    await keep(null);
    tell('This browser’s subscription has ended: switch alerts on again.');
    await show();
  }
}

byId('source').addEventListener('change', choose);
byId('fresh').addEventListener('click', reveal);
byId('more').addEventListener('click', () => load(true));
byId('form').addEventListener('submit', subscribe);
byId('test').addEventListener('click', test);
byId('leave').addEventListener('click', leave);
await takeOver();
await Promise.allSettled([sources(), choose()]);
await Promise.allSettled([show().then(renew)]);
