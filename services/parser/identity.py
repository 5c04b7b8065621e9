"""Which entry is which: the page's own ids where they are stable, else an id made from the content."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from services.parser.wording import folded
from shared.records import Entry

ID_CHARACTERS = 300
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
CONTENT = "c-"
"""What ids made from the content begin with."""
_NUMBERED = re.compile(r"(?P<prefix>\D{0,40})(?P<number>\d{1,4})", re.ASCII)


def usable_ids(ids: Sequence[str | None], entries: Sequence[Entry], *, own: bool = False) -> list[str | None]:
    """The ids that name one entry each, whatever is added above: shared and positional ones are left out. `own` are
    those of the publisher's own records, which count no positions whatever they look like."""
    clean = [_clean(name) if name else None for name in ids]
    if not own and _positional(clean):
        return [None] * len(clean)
    if None not in clean and len(set(clean)) == len(clean):
        return clean
    shared = _shared(clean, entries)
    return [None if name in shared else name for name in clean]


def _clean(name: str) -> str | None:
    """Without what no page can mean: white space around it, control characters, halves of characters."""
    kept = name if name.isprintable() else _UNSEEN.sub("", name)
    return kept.strip()[:ID_CHARACTERS] or None


def content_id(entry: Entry) -> str:
    """An id from what an edit seldom changes: when the entry was published and its title, or how its text begins."""
    at = entry.published_at.isoformat() if entry.published_at else ""
    said = folded(entry.title or entry.text[:120] or (entry.links[0].title if entry.links else "") or entry.html)
    return CONTENT + hashlib.blake2b(f"{at}\x1f{said}".encode(), digest_size=10).hexdigest()


def is_content_id(name: str) -> bool:
    return name.startswith(CONTENT)


def _positional(ids: Sequence[str | None]) -> bool:
    """post1, post2, post3 … from the top: every new entry would take over the ids of all others."""
    first = _NUMBERED.fullmatch(ids[0]) if ids and ids[0] else None
    if first is None or int(first["number"]) not in {0, 1}:
        return False
    start = int(first["number"])
    return all(name == f"{first['prefix']}{at}" for at, name in enumerate(ids, start))


def _shared(ids: Sequence[str | None], entries: Sequence[Entry]) -> set[str]:
    """Ids that stand on entries of different content; a listing that repeats an entry whole is no sharing."""
    contents: dict[str, set[tuple[str | None, str]]] = {}
    for name, entry in zip(ids, entries, strict=True):
        if name:
            contents.setdefault(name, set()).add((entry.title, entry.text))
    several = Counter(name for name in ids if name)
    return {name for name, found in contents.items() if several[name] > 1 and len(found) > 1}
