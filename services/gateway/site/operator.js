// The operator adds a live blog, having seen what would be read of it. The token stays in this tab.

import { api, byId, clock, node } from './api.js';
import { sources } from './entries.js';

const KEPT = 'livebell.operator';
const tell = (text) => { byId('added').textContent = text; };

function asked() {
  const [token, url] = [byId('admin').value.trim(), byId('blog-url').value.trim()];
  sessionStorage.setItem(KEPT, token);
  if (!url) throw new Error('Give the address of a live blog.');
  return { token, url };
}

async function preview() {
  const { token, url } = asked();
  tell('Reading the page…');
  byId('previewed').replaceChildren();
  try {
    const read = await api('POST', '/api/v1/sources/test', { url }, token);
    tell(`${read.title ?? read.url}: ${read.entries} ${read.entries === 1 ? 'entry' : 'entries'}, read as ${read.format}.`);
    const newest = (entry) => node('li', {}, `${entry.published_at ? clock(new Date(entry.published_at)) : 'no time'} — ${entry.title}`);
    const doubtful = read.doubtful.map((doubt) => node('li', {}, doubt));
    byId('previewed').replaceChildren(
      node('ol', {}, ...read.newest.map(newest)),
      ...(doubtful.length ? [node('p', {}, 'To know before you watch it:'), node('ul', {}, ...doubtful)] : []),
    );
  } catch (error) {
    tell(error.message);
  }
}

async function add(event) {
  event.preventDefault();
  const { token, url } = asked();
  const made = await api('POST', '/api/v1/sources', { url }, token);
  tell(`${made.title ?? made.id} is watched now, as ${made.id}.`);
  byId('blog-url').value = '';
  await sources();
}

const telling = (work) => (event) => {
  event.preventDefault();
  work(event).catch((error) => tell(error.message));
};

export function begin() {
  byId('admin').value = sessionStorage.getItem(KEPT) ?? '';
  byId('preview').addEventListener('click', telling(preview));
  byId('add').addEventListener('submit', telling(add));
}
