// Asking the gateway, and small things that every part of the page needs.

export const byId = (id) => document.getElementById(id);
export const node = (name, given = {}, ...children) => {
  const made = Object.assign(document.createElement(name), given);
  made.append(...children);
  return made;
};

export async function api(method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw Object.assign(new Error('The service does not answer: try again in a moment.'), { status: 0 });
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw Object.assign(new Error(answer?.detail ?? `${response.status}`), { status: response.status });
  return answer;
}

// Leads a link to an address from outside: a page of the web, never a script.
export function lead(link, url) {
  if (url && /^https?:/i.test(url)) Object.assign(link, { href: url, target: '_blank', rel: 'noopener noreferrer' });
}

export const clock = (at) => at.toLocaleString([], { weekday: 'short', hour: '2-digit', minute: '2-digit' });
