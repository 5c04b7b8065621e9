// What the form asks for, as the API takes it, and back.

import { byId } from './api.js';

const LISTS = ['words', 'places', 'none_words', 'people', 'topics'];
const NUMBERS = ['max_per_hour', 'digest', 'collapse_story'];
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

const list = (text) => text.split(',').map((part) => part.trim()).filter(Boolean);
const number = (id) => (byId(id).value.trim() === '' ? null : Number(byId(id).value.replace(',', '.')));

export function filter(sources) {
  const wanted = { changes: byId('edits').checked ? ['created', 'updated', 'deleted'] : ['created'] };
  for (const key of LISTS) if (list(byId(key).value).length) wanted[key] = list(byId(key).value);
  if (byId('urgency').value) wanted.min_urgency = Number(byId('urgency').value);
  const [lat, lon, km] = [number('lat'), number('lon'), number('km')];
  if (lat !== null || lon !== null || km !== null) wanted.near = { lat: lat ?? 0, lon: lon ?? 0, km: km ?? 50 };
  if (sources.length) wanted.sources = sources;
  return wanted;
}

// Null where nothing is asked for: a gateway that is older than preferences then takes the rest.
export function preferences() {
  const wanted = {};
  if (byId('quiet_from').value && byId('quiet_to').value) {
    wanted.quiet_hours = { from: byId('quiet_from').value, to: byId('quiet_to').value, timezone: ZONE };
    if (byId('quiet_above').value) wanted.quiet_hours.urgent_above = Number(byId('quiet_above').value);
  }
  for (const key of NUMBERS) if (number(key) !== null) wanted[key] = number(key);
  return Object.keys(wanted).length ? wanted : null;
}

export function fill(held) {
  for (const key of LISTS) byId(key).value = (held.filter[key] ?? []).join(', ');
  byId('urgency').value = String(held.filter.min_urgency ?? '');
  byId('edits').checked = (held.filter.changes ?? []).length > 1;
  for (const key of ['lat', 'lon', 'km']) byId(key).value = held.filter.near?.[key] ?? '';
  const prefer = held.preferences ?? {};
  for (const key of NUMBERS) byId(key).value = prefer[key] ?? '';
  byId('quiet_from').value = prefer.quiet_hours?.from ?? '';
  byId('quiet_to').value = prefer.quiet_hours?.to ?? '';
  byId('quiet_above').value = String(prefer.quiet_hours?.urgent_above ?? '');
  byId('what').open = ['none_words', 'people', 'topics', 'lat'].some((key) => byId(key).value !== '');
  byId('how').open = ['quiet_from', ...NUMBERS].some((key) => byId(key).value !== '');
}

export function begin() {
  byId('zone').textContent = ZONE.replaceAll('_', ' ');
  byId('here').addEventListener('click', () => {
    navigator.geolocation?.getCurrentPosition(({ coords }) => {
      byId('lat').value = coords.latitude.toFixed(3);
      byId('lon').value = coords.longitude.toFixed(3);
      if (!byId('km').value) byId('km').value = '50';
      byId('form').dispatchEvent(new Event('input'));
    });
  });
}
