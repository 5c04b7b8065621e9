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
    const entries = read.entries ?? [];
    tell(`${read.blog?.title ?? url}: ${entries.length} entries, read as ${read.blog?.format ?? read.format ?? 'a live blog'}.`);
    const line = (entry) => node('li', {}, `${entry.published_at ? clock(new Date(entry.published_at)) : 'no time'} — ${entry.title ?? entry.text ?? ''}`.slice(0, 200));
    byId('previewed').replaceChildren(node('ol', {}, ...entries.slice(0, 10).map(line)));
  } catch (error) {
    const missing = error.status === 404 || error.status === 405;
    tell(missing ? 'This gateway has no preview: `livebell parse URL` shows what would be read.' : error.message);
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
