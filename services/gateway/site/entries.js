// The entries as they are posted. Text from outside is only ever set as text.

import { api, byId, clock, lead, node } from './api.js';
import { marked, marksOf, paragraphs } from './marks.js';

const PAGE = 30;
const MOST_WAITING = 100;
const AGAIN_MS = 5000;
const list = byId('entries');
const waiting = new Map();
let cursor = null;
let events = null;
let again = null;

const keyOf = (entry) => `${entry.source}\n${entry.id}`;

function shown(entry) {
  const item = byId('entry').content.firstElementChild.cloneNode(true);
  item.dataset.key = keyOf(entry);
  const marks = marksOf(entry);
  const time = item.querySelector('time');
  const at = new Date(entry.published_at ?? entry.seen_at);
  time.dateTime = at.toISOString();
  time.textContent = clock(at);
  item.querySelector('.at').href = entry.page;
  item.querySelector('.blog').textContent = entry.blog.title ?? entry.source;
  item.querySelector('.mark').textContent = markOf(entry);
  item.classList.toggle('deleted', entry.deleted);
  const title = item.querySelector('h3 a');
  title.append(...(entry.title ? marked(entry.title, 0, marks) : ['']));
  item.querySelector('h3').hidden = !entry.title;
  lead(title, entry.url ?? entry.blog.url);
  const text = item.querySelector('.text');
  text.append(...paragraphs(entry).map(({ part, at: from }) => node('p', {}, ...marked(part, from, marks))));
  for (const card of entry.links) {
    const to = node('a', {}, card.title ?? card.url ?? '');
    lead(to, card.url);
    text.append(node('p', { className: 'card' }, to, card.summary ? ` — ${card.summary}` : ''));
  }
  // Pictures lie on other sites, which would learn who reads: what is said of them is shown.
  for (const told of entry.images.map((image) => image.caption ?? image.alt).filter(Boolean)) {
    text.append(node('p', { className: 'faint' }, `Picture: ${told}`));
  }
  const about = item.querySelector('.about');
  about.append(...[...new Set(entry.topics.map((topic) => topic.label))].map((label) => node('span', {}, label)));
  about.hidden = !about.children.length;
  return item;
}

function markOf(entry) {
  if (entry.deleted) return 'withdrawn';
  const marks = [];
  if (entry.urgency >= 0.7) marks.push('urgent');
  else if (entry.urgency >= 0.5) marks.push('important');
  if (entry.key_event) marks.push('key event');
  if (entry.revision > 1) marks.push(entry.updated_at ? `edited ${clock(new Date(entry.updated_at))}` : 'edited');
  return marks.join(' · ');
}

const standing = (key) => [...list.children].find((item) => item.dataset.key === key);

export async function load(more = false) {
  const query = new URLSearchParams({ limit: PAGE });
  if (byId('source').value) query.set('source', byId('source').value);
  if (more && cursor) query.set('cursor', cursor);
  const answer = await api('GET', `/api/v1/entries?${query}`);
  if (!more) list.replaceChildren();
  for (const entry of answer.entries) waiting.delete(keyOf(entry));
  offer();
  const items = answer.entries.map(shown);
  list.append(...items);
  cursor = answer.next;
  byId('more').hidden = !cursor;
  byId('none').hidden = list.children.length > 0;
  if (more) items[0]?.querySelector('a')?.focus();
}

function follow(onClosed) {
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
    if (events.readyState === EventSource.CLOSED) again ??= setTimeout(() => choose(onClosed), AGAIN_MS);
  };
  events.addEventListener('entry.created', (event) => announce(JSON.parse(event.data)));
  for (const kind of ['entry.updated', 'entry.deleted']) {
    events.addEventListener(kind, (event) => replace(JSON.parse(event.data)));
  }
  events.addEventListener('blog.closed', onClosed);
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
  const told = count === 1 ? 'Show 1 new entry' : `Show ${count}${count < MOST_WAITING ? '' : ' or more'} new entries`;
  byId('fresh').textContent = count ? told : '';
  byId('fresh').hidden = count === 0;
}

function replace(entry) {
  if (waiting.has(keyOf(entry))) waiting.set(keyOf(entry), entry);
  const before = standing(keyOf(entry));
  const after = shown(entry);
  after.classList.toggle('new', Boolean(before?.classList.contains('new')));
  before?.replaceWith(after);
}

export function reveal(onClosed) {
  if (waiting.size >= MOST_WAITING) return choose(onClosed);
  for (const old of list.querySelectorAll('.new')) old.classList.remove('new');
  for (const entry of waiting.values()) {
    const item = shown(entry);
    item.classList.add('new');
    standing(keyOf(entry))?.remove();
    list.prepend(item);
  }
  waiting.clear();
  offer();
  byId('none').hidden = list.children.length > 0;
  return list.focus({ preventScroll: true });
}

export async function choose(onClosed) {
  clearTimeout(again);
  again = null;
  waiting.clear();
  offer();
  follow(onClosed);
  await load();
}

export async function sources() {
  const answer = await api('GET', '/api/v1/sources');
  const select = byId('source');
  const chosen = select.value;
  select.replaceChildren(new Option('All', ''));
  for (const source of answer.sources) {
    select.add(new Option(`${source.title ?? source.id}${source.live === false ? ' (closed)' : ''}`, source.id));
  }
  select.value = chosen;
}

const FED = ['words', 'places', 'people', 'topics', 'min_urgency'];

// The feeds of what is chosen: the live blog, and what of the filter a feed can ask.
export function outputs(filter) {
  const source = byId('source').value;
  const asked = FED.filter((key) => filter[key] !== undefined).map((key) => [key, [].concat(filter[key]).join(',')]);
  const query = asked.length ? `?${new URLSearchParams(asked)}` : '';
  for (const form of ['atom', 'json']) byId(form).href = `/feeds/${source || '_all'}.${form}${query}`;
  byId('exports').hidden = !source;
  for (const form of ['csv', 'ndjson']) byId(form).href = `/export/${source}.${form}`;
}
