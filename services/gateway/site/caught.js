// What the form would have caught in the last day, while it is filled in.

import { api, byId, clock, node } from './api.js';

const PAUSE_MS = 400;
const FLOOD = 100;
let timer = null;
let asked = 0;

export function soon(filter) {
  clearTimeout(timer);
  timer = setTimeout(() => tell(filter), PAUSE_MS);
}

async function tell(filter) {
  const mine = ++asked;
  try {
    const told = await api('POST', '/api/v1/caught', { filter: filter() });
    if (mine !== asked) return;
    byId('count').textContent = sentence(told);
    byId('caught').classList.toggle('flood', told.count > FLOOD);
    byId('list').hidden = told.count === 0;
    byId('sample').replaceChildren(...told.entries.map(line));
  } catch (error) {
    if (mine !== asked) return;
    byId('count').textContent = error.message;
    byId('list').hidden = true;
  }
}

function sentence({ count, of }) {
  if (!of) return 'Nothing was posted in the last day to try this on.';
  if (!count) return `None of the ${of} entries of the last day would have rung: ask for less.`;
  const told = `${count} of the ${of} entries of the last day would have rung.`;
  return count > FLOOD ? `${told} That is a flood: ask for more, or for a digest.` : told;
}

function line(entry) {
  const link = node('a', { href: entry.page }, entry.title ?? entry.alert ?? 'Entry');
  return node('li', {}, `${clock(new Date(entry.published_at ?? entry.seen_at))} `, link);
}
