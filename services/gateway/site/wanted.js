// What the form asks for, as the API takes it, and back.

import { byId } from './api.js';

const LISTS = ['words', 'places', 'none_words', 'people', 'topics'];
const UNSHOWN = { all_words: 'all of the words', organisations: 'organisations', languages: 'languages' };
const EDITS = ['updated', 'deleted'];
const NUMBERS = ['max_per_hour', 'digest', 'collapse_story'];
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

// What a subscription that was made elsewhere asks beyond this form; saving the form keeps it.
let beyond = {};
let changesBefore = ['created'];
let zone = ZONE;

// Commas part, but not between quotes: "Washington, D.C.", Oslo
const list = (text) => (text.match(/(?:"[^"]*"|[^,])+/g) ?? []).map((part) => part.trim().replace(/^"([^"]*)"$/, '$1').trim()).filter(Boolean);
const listed = (terms) => terms.map((term) => (/[,"]/.test(term) ? `"${term}"` : term)).join(', ');
const hasEdits = (changes) => changes.some((change) => EDITS.includes(change));

function number(id, what) {
  const field = byId(id);
  const told = field.value.trim().replace(',', '.');
  if (field.validity.badInput || Number.isNaN(Number(told))) throw new Error(`${what}: give a number, or leave it empty.`);
  return told === '' ? null : Number(told);
}

function near() {
  const [lat, lon, km] = [number('lat', 'Latitude'), number('lon', 'Longitude'), number('km', 'Within km')];
  if (lat === null && lon === null && km === null) return null;
  if (lat === null || lon === null) throw new Error('Near a point: give its latitude and longitude, or leave all three empty.');
  return { lat, lon, km: km ?? 50 };
}

function changes() {
  const wanted = byId('edits').checked;
  if (wanted === hasEdits(changesBefore)) return changesBefore;
  const kept = changesBefore.filter((change) => !EDITS.includes(change));
  return wanted ? [...kept, ...EDITS] : kept.length ? kept : ['created'];
}

// Throws what is wrong with a field, in a sentence.
export function filter(sources) {
  const wanted = { ...beyond, changes: changes() };
  for (const key of LISTS) if (list(byId(key).value).length) wanted[key] = list(byId(key).value);
  // A number is a GeoNames id.
  wanted.places &&= wanted.places.map((place) => (/^\d{1,9}$/.test(place) ? Number(place) : place));
  if (byId('urgency').value) wanted.min_urgency = Number(byId('urgency').value);
  const point = near();
  if (point) wanted.near = point;
  if (sources.length) wanted.sources = sources;
  return wanted;
}

// Null where nothing is asked for: a gateway that is older than preferences then takes the rest.
export function preferences() {
  const wanted = {};
  const [from, to] = ['quiet_from', 'quiet_to'].map((id) => byId(id).value);
  if (Boolean(from) !== Boolean(to)) throw new Error('Quiet hours: give both when they begin and when they end, or neither.');
  if (from) {
    wanted.quiet_hours = { from, to, timezone: zone };
    if (byId('quiet_above').value) wanted.quiet_hours.urgent_above = Number(byId('quiet_above').value);
  }
  for (const key of NUMBERS) {
    const many = number(key, byId(key).labels[0].textContent.trim());
    if (many !== null) wanted[key] = many;
  }
  return Object.keys(wanted).length ? wanted : null;
}

// A value that none of the choices has becomes one.
function choose(id, value) {
  const told = String(value ?? '');
  const select = byId(id);
  if (![...select.options].some((option) => option.value === told)) select.add(new Option(`Above ${told}`, told));
  select.value = told;
}

function keepBeyond(held) {
  beyond = Object.fromEntries(Object.keys(UNSHOWN).filter((key) => held[key]?.length).map((key) => [key, held[key]]));
  changesBefore = held.changes ?? ['created'];
  const told = Object.entries(beyond).map(([key, terms]) => `${UNSHOWN[key]}: ${terms.join(', ')}`);
  const more = changesBefore.filter((change) => change !== 'created' && !EDITS.includes(change));
  if (more.length) told.push(`when a live blog is ${more.join(', ')}`);
  byId('beyond').textContent = told.length ? `Asked elsewhere, and kept: ${told.join('; ')}.` : '';
}

export function forget() {
  keepBeyond({});
  zone = ZONE;
  tellZone();
}

export function fill(held) {
  keepBeyond(held.filter);
  for (const key of LISTS) byId(key).value = listed(held.filter[key] ?? []);
  choose('urgency', held.filter.min_urgency);
  byId('edits').checked = hasEdits(changesBefore);
  for (const key of ['lat', 'lon', 'km']) byId(key).value = held.filter.near?.[key] ?? '';
  const prefer = held.preferences ?? {};
  for (const key of NUMBERS) byId(key).value = prefer[key] ?? '';
  byId('quiet_from').value = prefer.quiet_hours?.from ?? '';
  byId('quiet_to').value = prefer.quiet_hours?.to ?? '';
  choose('quiet_above', prefer.quiet_hours?.urgent_above);
  zone = prefer.quiet_hours?.timezone ?? ZONE;
  tellZone();
  byId('what').open = ['none_words', 'people', 'topics', 'lat'].some((key) => byId(key).value !== '');
  byId('how').open = ['quiet_from', ...NUMBERS].some((key) => byId(key).value !== '');
}

const tellZone = () => { byId('zone').textContent = zone.replaceAll('_', ' '); };

export function begin(tell) {
  tellZone();
  byId('here').addEventListener('click', () => {
    if (!navigator.geolocation) return tell('This browser does not say where it is: type the latitude and longitude.');
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        byId('lat').value = coords.latitude.toFixed(3);
        byId('lon').value = coords.longitude.toFixed(3);
        if (!byId('km').value) byId('km').value = '50';
        byId('form').dispatchEvent(new Event('input'));
      },
      () => tell('The browser does not say where you are: allow it for this page, or type the latitude and longitude.'),
    );
  });
}
