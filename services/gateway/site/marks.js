// Places, people and figures, marked in the text by the offsets that the enricher gave: characters, not UTF-16 units,
// of `title + "\n\n" + text`, or of `text` alone.

export function marksOf(entry) {
  const all = [
    ...entry.places.map((place) => ({ ...place, kind: 'place', about: place.country ? `${place.name}, ${place.country}` : place.name })),
    ...entry.figures.map((figure) => ({ ...figure, kind: 'figure', about: [figure.value, figure.unit, figure.of].filter((part) => part || part === 0).join(' ') })),
  ];
  const kept = [];
  for (const mark of all.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (mark.start >= (kept.at(-1)?.end ?? 0) && mark.end > mark.start) kept.push(mark);
  }
  return kept;
}

// The part of the text that begins at `from`, as text and marks.
export function marked(text, from, marks) {
  const chars = Array.from(text);
  const parts = [];
  let at = 0;
  for (const mark of marks) {
    const [start, end] = [mark.start - from, mark.end - from];
    if (start < at || end > chars.length) continue;
    parts.push(chars.slice(at, start).join(''));
    const made = document.createElement('mark');
    Object.assign(made, { className: mark.kind, title: mark.about, textContent: chars.slice(start, end).join('') });
    parts.push(made);
    at = end;
  }
  return [...parts, chars.slice(at).join('')].filter((part) => part !== '');
}

// Paragraphs with where each begins.
export function paragraphs(entry) {
  const found = [];
  let at = entry.title ? Array.from(entry.title).length + 2 : 0;
  for (const part of entry.text.split('\n\n')) {
    if (part.trim()) found.push({ part, at });
    at += Array.from(part).length + 2;
  }
  return found;
}
