"""What counts as an edit of an entry: a change of what a reader would read.

White space, quotation marks, markup and picture sizes are none; nor is what one of two views of an entry does not give.
"""

from __future__ import annotations

import re
import unicodedata

from msgspec.structs import replace

from services.parser.wording import is_longer
from shared.records import Entry

_FIELDS = ("title", "text", "authors", "links", "images")
"""What makes an edit, where it differs in substance."""


def edited_fields(before: Entry, after: Entry) -> tuple[str, ...]:
    """The names of the fields that differ in substance; an entry that came back differs in `deleted`."""
    fields = [name for name in _FIELDS if _substance(before, name) != _substance(after, name)]
    return ("deleted", *fields) if before.deleted and not after.deleted else tuple(fields)


def _substance(entry: Entry, field: str) -> object:
    value = getattr(entry, field)
    if isinstance(value, str):
        return without_setting(value)
    if field == "authors":
        return tuple(map(without_setting, value))
    if field == "links":
        return tuple((without_setting(link.title or ""), without_setting(link.summary or "")) for link in value)
    if field == "images":
        return tuple(without_setting(image.caption or "") for image in value if image.caption)
    return value


def without_setting(text: str) -> str:
    """The words, figures and signs of a text without what only its setting changes."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return " ".join(_INVISIBLE.sub("", plain).split())


_QUOTES = (
    {ord(mark): "'" for mark in "‘’‚‛′`´"} | {ord(mark): '"' for mark in "“”„‟″«»"} | {ord(m): "-" for m in "‐‑‒–—"}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def edited_in_both_views(before: Entry, after: Entry) -> tuple[str, ...]:
    """The edits that show although one view gives more than the other: what only the later one gives is none."""
    filled = {name for name in _FIELDS if not getattr(before, name)}
    filled |= {"text"} if is_longer(before.text, after.text) else set()
    return tuple(name for name in edited_fields(before, after) if name not in filled)


def fuller(before: Entry, after: Entry) -> Entry:
    """An entry out of two views of it: what the later, poorer one does not give, or gives cut, stays as it was."""
    kept: dict[str, object] = {
        name: getattr(before, name)
        for name in ("title", "authors", "links", "images", "published_at", "updated_at", "url")
        if not getattr(after, name) and getattr(before, name)
    }
    if before.text and (not after.text or is_longer(after.text, before.text)):
        kept |= {"text": before.text, "html": before.html}
    return replace(after, **kept) if kept else after
