// Subscribing, and looking after what one has: change, pause, test, leave, take one's data.

import { api, byId, clock } from './api.js';
import { borrowed, browsersPush, giveBack, keep, kept, lastShown, manageLink, pushChannel } from './held.js';
import { fill, filter, forget, preferences } from './wanted.js';

let sources = [];
let current = null;

const path = (more = '') => `/api/v1/subscriptions/${kept().id}${more}`;
export const tell = (text) => { byId('said').textContent = text; };
const chosenChannel = () => document.querySelector('[name=channel]:checked').value;
export const wantedFilter = () => filter(sources);

// What the form asks for: the chosen live blog, or those of the subscription that this browser has.
export function from(chosen) {
  sources = chosen;
  const names = new Map([...byId('source').options].map((option) => [option.value, option.textContent]));
  byId('from').textContent = chosen.map((source) => names.get(source) ?? source).join(', ') || 'all live blogs';
}

// Says what went wrong instead of leaving a button without an answer.
const telling = (work) => async (event) => {
  event?.preventDefault();
  try {
    await work();
  } catch (error) {
    tell(error.message);
  }
};

function asked() {
  const wanted = { filter: wantedFilter() };
  const prefer = preferences();
  if (prefer || current?.preferences) wanted.preferences = prefer ?? {};
  return wanted;
}

async function subscribe() {
  if (kept()) {
    await api('PATCH', path(), asked(), kept().token);
    tell('Changed.');
  } else {
    const hook = chosenChannel() === 'webhook';
    const wanted = asked();
    const channel = hook ? { type: 'webhook', url: byId('url').value.trim() } : await pushChannel();
    const made = await api('POST', '/api/v1/subscriptions', { channel, ...wanted });
    await keep({ id: made.id, token: made.token, channel: channel.type });
    if (hook) {
      byId('secrets').hidden = false;
      for (const key of ['id', 'token', 'secret']) byId(`made-${key}`).textContent = made[key];
    }
    tell(made.status === 'pending' ? 'Made. The address is asked now whether it wants this.' : 'Alerts are on. “Send a test” sends one now.');
  }
  await show();
}

async function test() {
  await api('POST', path('/test'), undefined, kept().token);
  tell('A test alert is on its way.');
}

async function pause() {
  const status = current.status === 'active' ? 'paused' : 'active';
  await api('PATCH', path(), { status }, kept().token);
  tell(status === 'paused' ? 'Paused: nothing rings until you resume.' : 'Alerts ring again.');
  await show();
}

async function leave() {
  try {
    await api('DELETE', path(), undefined, kept().token);
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  const elsewhere = borrowed();
  await keep(null);
  if (!elsewhere) await (await browsersPush())?.unsubscribe();
  byId('secrets').hidden = true;
  tell('Alerts are off, and nothing of you is kept.');
  await show();
}

async function take() {
  const [subscription, { deliveries }] = await Promise.all([
    api('GET', path(), undefined, kept().token),
    api('GET', path('/deliveries'), undefined, kept().token),
  ]);
  const file = new Blob([JSON.stringify({ subscription, deliveries }, null, 2)], { type: 'application/json' });
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: 'livebell-my-data.json' });
  link.click();
  URL.revokeObjectURL(link.href);
  tell('Downloaded.');
}

async function copyLink() {
  await navigator.clipboard.writeText(manageLink(kept()));
  tell('Copied. Whoever has this link can change and end these alerts.');
}

// Push services change a browser's endpoint; what we send to the old one is lost.
export async function renew() {
  if (!kept() || borrowed() || current?.channel.type !== 'webpush' || globalThis.Notification?.permission !== 'granted') return;
  const push = await browsersPush();
  if (push && push.endpoint === current.channel.endpoint) return;
  await api('PATCH', path(), { channel: await pushChannel() }, kept().token);
  await show();
}

export async function show() {
  const held = kept();
  byId('held').hidden = !held;
  byId('where').hidden = Boolean(held);
  byId('subscribe').textContent = held ? 'Save the change' : 'Alert me';
  byId('borrowed').hidden = !borrowed();
  if (!held) {
    current = null;
    forget();
    return;
  }
  try {
    current = await api('GET', path(), undefined, held.token);
    fill(current);
    from(current.filter.sources ?? []);
    await state();
  } catch (error) {
    if (error.status !== 401) return tell(error.message);
    const elsewhere = borrowed();
    await keep(null);
    tell(elsewhere ? 'The alerts of this link have ended.' : 'This browser’s subscription has ended: switch alerts on again.');
    await show();
  }
}

const STATES = {
  active: 'Alerts are on.',
  paused: 'Paused: nothing rings.',
  pending: 'Waiting for the address to say that it wants this. “Send a test” asks it again.',
  disabled: 'Switched off',
};

// What is delivered and no alert.
const ASIDE = ['test', 'endpoint.verification'];

async function state() {
  const reason = current.status_reason ? `: ${current.status_reason}` : '';
  byId('standing').textContent = `${STATES[current.status] ?? current.status}${current.status === 'disabled' ? reason : ''}`;
  byId('pause').textContent = current.status === 'active' ? 'Pause' : 'Resume';
  byId('pause').hidden = current.status === 'pending';
  const hook = current.channel.type === 'webhook';
  byId('listens-name').textContent = hook ? 'Webhook' : 'This browser';
  byId('listens').textContent = hook ? current.channel.url : await listening();
  const { deliveries } = await api('GET', path('/deliveries'), undefined, kept().token);
  const delivered = deliveries.find((one) => one.status === 'delivered' && !ASIDE.includes(one.kind));
  const last = [borrowed() ? null : await lastShown(), delivered && new Date(delivered.at * 1000)].filter(Boolean).sort((a, b) => b - a)[0];
  byId('last').textContent = last ? clock(last) : 'none yet';
}

async function listening() {
  if (borrowed()) return 'does not listen: these alerts go to another one';
  if (globalThis.Notification?.permission !== 'granted') return 'does not listen: notifications are not allowed here';
  const push = await browsersPush();
  if (!push) return 'does not listen: another browser may';
  return push.endpoint === current.channel.endpoint ? 'listens' : 'listens at a new address';
}

async function back() {
  giveBack();
  tell('');
  await show();
  byId('form').dispatchEvent(new Event('input'));
}

export function begin() {
  byId('form').addEventListener('submit', telling(subscribe));
  const buttons = { test, pause, leave, export: take, link: copyLink, back };
  for (const [id, work] of Object.entries(buttons)) byId(id).addEventListener('click', telling(work));
  for (const radio of document.querySelectorAll('[name=channel]')) {
    radio.addEventListener('change', () => { byId('hook').hidden = chosenChannel() !== 'webhook'; });
  }
  navigator.serviceWorker?.addEventListener('message', () => current && state());
}
