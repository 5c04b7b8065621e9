"""What is new, edited and deleted on a page against what was known of its source: values in, values out.

Absence is not deletion: an entry is deleted by a tombstone, or by its absence from a listing that is complete. Position
says nothing. An edit is a change of what a reader would read; white space, quotation marks, markup and picture sizes
are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shared.messages import (
    CLOSED,
    CREATED,
    DELETED,
    HEADLINE,
    MOVED,
    UPDATED,
    BlogChanged,
    EntryChanged,
    Passed,
    event_id,
)
from shared.records import Blog, Entry, Page

KNOWN_ENTRIES = 10_000
"""Of a source; beyond it what was changed longest ago is forgotten."""

_FIELDS = ("title", "text", "authors", "links", "images")
"""What makes an edit, where it differs in substance."""


class KnownEntry(Struct, frozen=True, gc=False, omit_defaults=True):
    """An entry as it was last seen. `changed` counts pages: the source's `seq` when it last changed."""

    entry: Entry
    revision: int
    born_quiet: bool = False
    changed: int = 0


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a source: the blog as of page number `seq`, seen at `seen` (epoch seconds), and its entries."""

    seq: int
    seen: float
    blog: Blog
    entries: Mapping[str, KnownEntry]


class Fetched(Struct, frozen=True, kw_only=True):
    """Which page of which source this is, and when it was seen and read (epoch seconds)."""

    source: str
    seq: int
    seen: float
    parsed: float = 0.0


class Difference(Struct, frozen=True, kw_only=True):
    """`touched` names the entries whose knowledge changed, `forgotten` those that are no longer kept."""

    known: Known
    entries: Sequence[EntryChanged] = ()
    blog: Sequence[BlogChanged] = ()
    touched: Sequence[str] = ()
    forgotten: Sequence[str] = ()


def difference(known: Known | None, page: Page, fetched: Fetched, *, max_age: float) -> Difference:
    """`max_age` in seconds: an entry that is older when first seen is taken in quietly, as all are at first sight."""
    if known is not None and fetched.seq <= known.seq:
        return Difference(known=known)
    before = known.entries if known else {}
    changes = [
        change
        for entry in _listed(page, before)
        if (change := _change(before.get(entry.id), entry, page.blog, fetched, _is_old(known, entry, fetched, max_age)))
    ]
    kept, forgotten = _kept(before, changes, fetched.seq)
    return Difference(
        known=Known(seq=fetched.seq, seen=fetched.seen, blog=_blog_known(known, page.blog), entries=kept),
        entries=changes,
        blog=_blog_changes(known, page.blog, fetched),
        touched=[change.entry.id for change in changes if change.entry.id in kept],
        forgotten=forgotten,
    )


def _listed(page: Page, before: Mapping[str, KnownEntry]) -> list[Entry]:
    """The page's entries, oldest first so that they become news in their order, each id once; then what is absent from
    a complete listing, as deleted."""
    listed = {entry.id: entry for entry in reversed(page.entries)}
    if page.complete:
        gone = (known.entry for name, known in before.items() if name not in listed and not known.entry.deleted)
        listed |= {entry.id: replace(entry, deleted=True) for entry in gone}
    return list(listed.values())


def _is_old(known: Known | None, entry: Entry, fetched: Fetched, max_age: float) -> bool:
    """Whether an entry that is seen for the first time is history rather than news."""
    if known is None:
        return True
    if entry.published_at is not None:
        return fetched.seen - entry.published_at.timestamp() > max_age
    return fetched.seen - known.seen > max_age


def _change(before: KnownEntry | None, entry: Entry, blog: Blog, fetched: Fetched, is_old: bool) -> EntryChanged | None:
    if before is None:
        return None if entry.deleted else _changed(CREATED, entry, blog, fetched, quiet=is_old, born_quiet=is_old)
    if entry.deleted:
        if before.entry.deleted:
            return None
        gone = replace(before.entry, deleted=True)
        return _changed(DELETED, gone, blog, fetched, before=before)
    fields = edited_fields(before.entry, entry)
    return _changed(UPDATED, entry, blog, fetched, before=before, fields=fields) if fields else None


def _changed(
    change: str,
    entry: Entry,
    blog: Blog,
    fetched: Fetched,
    *,
    before: KnownEntry | None = None,
    fields: tuple[str, ...] = (),
    quiet: bool = False,
    born_quiet: bool = False,
) -> EntryChanged:
    revision = before.revision + 1 if before else 1
    return EntryChanged(
        id=event_id(fetched.source, entry.id, revision),
        source=fetched.source,
        blog=blog,
        change=change,
        entry=entry,
        revision=revision,
        quiet=quiet,
        born_quiet=before.born_quiet if before else born_quiet,
        fields=fields,
        previous=before.entry if before else None,
        passed=Passed(seen=fetched.seen, parsed=fetched.parsed),
    )


def edited_fields(before: Entry, after: Entry) -> tuple[str, ...]:
    """The names of the fields that differ in substance; an entry that came back differs in `deleted`."""
    fields = [name for name in _FIELDS if _substance(before, name) != _substance(after, name)]
    return ("deleted", *fields) if before.deleted and not after.deleted else tuple(fields)


def _substance(entry: Entry, field: str) -> object:
    value = getattr(entry, field)
    if isinstance(value, str):
        return _folded(value)
    if field == "authors":
        return tuple(map(_folded, value))
    if field == "links":
        return tuple((_folded(link.title or ""), _folded(link.summary or "")) for link in value)
    if field == "images":
        return tuple(_folded(image.caption or "") for image in value if image.caption)
    return value


def _folded(text: str) -> str:
    """The words, figures and signs of a text without what only its setting changes."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return " ".join(_INVISIBLE.sub("", plain).split())


_QUOTES = (
    {ord(mark): "'" for mark in "‘’‚‛′`´"} | {ord(mark): '"' for mark in "“”„‟″«»"} | {ord(m): "-" for m in "‐‑‒–—"}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def _kept(
    before: Mapping[str, KnownEntry], changes: Sequence[EntryChanged], seq: int
) -> tuple[dict[str, KnownEntry], list[str]]:
    kept = dict(before)
    for change in changes:
        kept[change.entry.id] = KnownEntry(change.entry, change.revision, change.born_quiet, seq)
    if len(kept) <= KNOWN_ENTRIES:
        return kept, []
    longest_unchanged = sorted(kept, key=lambda name: kept[name].changed)[: len(kept) - KNOWN_ENTRIES]
    for name in longest_unchanged:
        del kept[name]
    return kept, [name for name in longest_unchanged if name in before]


def _blog_known(known: Known | None, blog: Blog) -> Blog:
    """What the page no longer says of the blog stays as it was known."""
    if known is None:
        return blog
    old = known.blog
    return replace(
        blog,
        title=blog.title or old.title,
        live=old.live if blog.live is None else blog.live,
        next_url=blog.next_url or old.next_url,
    )


def _blog_changes(known: Known | None, blog: Blog, fetched: Fetched) -> list[BlogChanged]:
    if known is None:
        return []
    old = known.blog
    changes = []
    if blog.title and old.title and _folded(blog.title) != _folded(old.title):
        changes.append(HEADLINE)
    if blog.live is False and old.live is not False:
        changes.append(CLOSED)
    if blog.next_url and blog.next_url not in {old.next_url, blog.url}:
        changes.append(MOVED)
    return [
        BlogChanged(
            id=event_id(fetched.source, change, fetched.seq),
            source=fetched.source,
            blog=blog,
            change=change,
            previous_title=old.title if change == HEADLINE else None,
            passed=Passed(seen=fetched.seen, parsed=fetched.parsed),
        )
        for change in changes
    ]
