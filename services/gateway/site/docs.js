// Shows openapi.json: each operation with its parameters, body and answers, and the schemas that they name.

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
const byId = (id) => document.getElementById(id);

function node(name, given = {}, ...children) {
  const made = Object.assign(document.createElement(name), given);
  made.append(...children.filter((child) => child !== null && child !== ''));
  return made;
}

const nameOf = (ref) => ref.split('/').pop();
const link = (ref) => node('a', { href: `#schema-${nameOf(ref)}` }, nameOf(ref));

// A schema in a few words, naming others by links.
function kind(schema) {
  if (!schema) return node('span');
  if (schema.$ref) return link(schema.$ref);
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return node('span', {}, ...either.flatMap((one, at) => (at ? [' or ', kind(one)] : [kind(one)])));
  if (schema.enum) return node('span', {}, schema.enum.map((one) => JSON.stringify(one)).join(' or '));
  if (schema.type === 'array') return node('span', {}, 'list of ', schema.items ? kind(schema.items) : 'anything', limits(schema));
  return node('span', {}, `${schema.type ?? 'anything'}${schema.format ? ` (${schema.format})` : ''}`, limits(schema));
}

function limits(schema) {
  const told = [];
  const range = (least, most, of) => {
    if (least !== undefined && most !== undefined) told.push(`${least} to ${most}${of}`);
    else if (least !== undefined) told.push(`at least ${least}${of}`);
    else if (most !== undefined) told.push(`at most ${most}${of}`);
  };
  range(schema.minimum, schema.maximum, '');
  range(schema.minLength, schema.maxLength, ' characters');
  range(schema.minItems, schema.maxItems, '');
  if (schema.exclusiveMinimum !== undefined) told.push(`more than ${schema.exclusiveMinimum}`);
  if (schema.pattern) told.push(schema.pattern);
  return told.length ? `, ${told.join(', ')}` : '';
}

function rows(caption, head, body) {
  if (!body.length) return '';
  const cells = (tag, row) => node('tr', {}, ...row.map((cell) => node(tag, tag === 'th' ? { scope: 'col' } : {}, cell)));
  const table = node('table', {}, node('caption', {}, caption), node('thead', {}, cells('th', head)));
  table.append(node('tbody', {}, ...body.map((row) => cells('td', row))));
  return node('div', { className: 'scroll', tabIndex: 0, role: 'group', ariaLabel: caption }, table);
}

function content(of) {
  const parts = Object.entries(of?.content ?? {});
  return node('span', {}, ...parts.flatMap(([type, { schema }], at) => [at ? ', ' : '', kind(schema), ` as ${type}`]));
}

function operation(path, method, told) {
  const section = node('section', { id: told.operationId, className: 'operation' });
  section.append(node('h3', {}, node('code', {}, `${method.toUpperCase()} ${path}`)));
  section.append(node('p', {}, told.summary ?? '', told.security ? ` — token: ${who(told.security)}.` : ''));
  if (told.description) section.append(node('p', {}, told.description));
  section.append(
    rows('Parameters', ['name', 'in', 'what', 'meaning'], (told.parameters ?? []).map((one) =>
      [node('code', {}, one.name), one.in + (one.required ? ', required' : ''), kind(one.schema), one.description ?? ''])),
  );
  if (told.requestBody) section.append(node('p', {}, 'Body: ', content(told.requestBody)));
  section.append(
    rows('Answers', ['status', 'meaning', 'body'], Object.entries(told.responses).map(([status, answer]) =>
      [node('code', {}, status), answer.description, content(answer)])),
  );
  return section;
}

const who = (security) => security.map((one) => Object.keys(one)[0]).join(' or ');

function schema(name, told) {
  const section = node('section', { id: `schema-${name}`, className: 'operation' }, node('h3', {}, name));
  if (told.description) section.append(node('p', {}, told.description));
  const required = new Set(told.required ?? []);
  section.append(
    rows('Fields', ['name', 'what', 'if left out'], Object.entries(told.properties ?? {}).map(([field, one]) =>
      [node('code', {}, field), kind(one), required.has(field) ? 'required' : JSON.stringify(one.default) ?? ''])),
  );
  return section;
}

const told = await (await fetch('/openapi.json')).json();
byId('about').append(...told.info.description.split('\n\n').map((part) => node('p', {}, part)));
const operations = Object.entries(told.paths).flatMap(([path, methods]) =>
  METHODS.filter((method) => methods[method]).map((method) => [path, method, methods[method]]));
byId('operations').replaceChildren();
for (const tag of new Set(operations.map(([, , one]) => one.tags?.[0] ?? 'other'))) {
  const of = operations.filter(([, , one]) => (one.tags?.[0] ?? 'other') === tag);
  byId('operations').append(node('h2', {}, tag), ...of.map((one) => operation(...one)));
  byId('index').append(node('p', {}, node('b', {}, tag)), node('ul', {}, ...of.map(([path, method, one]) =>
    node('li', {}, node('a', { href: `#${one.operationId}` }, one.summary), ' ', node('code', { className: 'faint' }, `${method.toUpperCase()} ${path}`)))));
}
byId('schemas').append(...Object.entries(told.components.schemas).map((one) => schema(...one)));
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
