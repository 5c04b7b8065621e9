"""What is new, edited and deleted on a page against what was known of its source: values in, values out.

Absence is not deletion: an entry is deleted by a tombstone, or by its absence from a listing that is complete. Position
says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from heapq import nsmallest

from msgspec import Struct
from msgspec.structs import replace

from services.parser.edits import edited_fields, edited_in_both_views, fuller, without_setting
from services.parser.renaming import Vanished, renamed
from services.parser.tempo import tempo
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


class KnownEntry(Struct, frozen=True, gc=False, omit_defaults=True):
    """An entry as it was last seen. `changed` counts pages: the source's `seq` when it last changed."""

    entry: Entry
    revision: int
    born_quiet: bool = False
    changed: int = 0
    formats: str = ""
    """Who gave it then: what a poorer view does not give was not removed."""
    alias: str = ""
    """What the page calls it now, where that differs from the id under which it was first seen."""


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a source: the blog as of page number `seq`, seen at `seen` (epoch seconds), and its entries."""

    seq: int
    seen: float
    blog: Blog
    entries: Mapping[str, KnownEntry]
    listed: Sequence[str] = ()
    """The entries of the last whole page, in its order."""
    newest: float = 0.0
    """When the newest entry was posted, or first seen where it carries no time."""


class Fetched(Struct, frozen=True, kw_only=True):
    """Which page of which source this is, and when it was seen and read (epoch seconds). `part`: it is an older page of
    the listing or a polling endpoint's answer, and says nothing about the blog."""

    source: str
    seq: int
    seen: float
    parsed: float
    part: bool = False

    @property
    def at(self) -> float:
        """What the age of an entry is told by: a clock that runs ahead, fetcher's or parser's, makes no news old."""
        return min(self.seen, self.parsed)


class Bounds(Struct, frozen=True, kw_only=True):
    """`max_age` in seconds: an entry that is older when first seen is taken in quietly, as all are at first sight.
    So many `entries` of a source are known, or as many as it lists: what changed longest ago is forgotten."""

    max_age: float
    entries: int


class Difference(Struct, frozen=True, kw_only=True):
    """`touched` names the entries whose knowledge changed, `forgotten` those that are no longer kept."""

    known: Known
    entries: Sequence[EntryChanged] = ()
    blog: Sequence[BlogChanged] = ()
    touched: Sequence[str] = ()
    forgotten: Sequence[str] = ()


def difference(known: Known | None, page: Page, fetched: Fetched, bounds: Bounds) -> Difference:
    if known is not None and fetched.seq <= known.seq:
        return Difference(known=known)
    before = known.entries if known else {}
    whole = not fetched.part and not (known and _has_moved(known.blog, page.blog))
    names = _names(known, page) if known and whole else {}
    blog = known.blog if known and fetched.part else page.blog
    changes: list[EntryChanged] = []
    touched: dict[str, KnownEntry] = {}
    for entry, called in _listed(page, before, names, complete=page.complete and whole):
        old, formats = before.get(entry.id), page.formats.get(called, "")
        if old is not None and old.entry == entry and old.formats == formats and called in (entry.id, old.alias):
            continue
        is_old = old is None and _is_old(known, entry, fetched.at, bounds.max_age)
        if change := _change(old, entry, blog, formats, fetched, is_old):
            changes.append(change)
        if learnt := _learnt(old, entry, called, formats, change, fetched.seq):
            touched[entry.id] = learnt
    listed = [names.get(entry.id, entry.id) for entry in page.entries if not entry.deleted]
    shown = {*listed, *known.listed} if known and fetched.part else set(listed)
    kept, forgotten = _bounded({**before, **touched} if touched else before, before, shown, bounds.entries)
    return Difference(
        known=Known(
            seq=fetched.seq,
            seen=fetched.seen,
            blog=_blog_known(known, blog),
            entries=kept,
            listed=known.listed if known and fetched.part else listed,
            newest=_newest(known, changes, fetched),
        ),
        entries=_paced(changes, page, fetched),
        blog=_blog_changes(known, blog, fetched),
        touched=[name for name in touched if name in kept],
        forgotten=forgotten,
    )


def _paced(changes: Sequence[EntryChanged], page: Page, fetched: Fetched) -> Sequence[EntryChanged]:
    """News with how fast its blog is written; a part of a listing tells nothing of that."""
    if fetched.part or not any(one.change == CREATED and not one.quiet for one in changes):
        return changes
    pace = tempo(page.entries, fetched.seen)
    return [replace(one, tempo=pace) if one.change == CREATED and not one.quiet else one for one in changes]


def _names(known: Known, page: Page) -> dict[str, str]:
    """The known id of each entry that the page calls by another: since it was renamed before, or on this page."""
    before = known.entries
    strange = [entry for entry in page.entries if entry.id not in before]
    if not strange:
        return {}
    aliases = {one.alias: name for name, one in before.items() if one.alias}
    names = {entry.id: aliases[entry.id] for entry in strange if entry.id in aliases}
    new = [entry for entry in strange if entry.id not in names and not entry.deleted]
    shown = {names.get(entry.id, entry.id) for entry in page.entries if not entry.deleted}
    vanished = [name for name in known.listed if name not in shown and name in before]
    if not new or not vanished:
        return names
    amid = _amid(known.listed, shown)
    old = [Vanished(before[name].entry, name in amid) for name in vanished if not before[name].entry.deleted]
    times = Counter(entry.published_at for entry in page.entries if not entry.deleted)
    times_before = Counter(before[name].entry.published_at for name in known.listed if name in before)
    telling = {at for at, count in times.items() if at and count == 1 and times_before[at] == 1}
    return names | renamed(old, new, telling)


def _amid(listed: Sequence[str], shown: Collection[str]) -> set[str]:
    """What has vanished from above an entry that is still listed: nothing that merely fell off a page's end."""
    last = max((at for at, name in enumerate(listed) if name in shown), default=0)
    return {name for name in listed[:last] if name not in shown}


def _listed(
    page: Page, before: Mapping[str, KnownEntry], names: Mapping[str, str], *, complete: bool
) -> list[tuple[Entry, str]]:
    """The page's entries under the ids that are known, each once, with what the page calls them; oldest first so that
    they become news in their order. Then what is absent from a complete listing, as deleted."""
    listed: dict[str, tuple[Entry, str]] = {}
    for entry in reversed(page.entries):
        name = names.get(entry.id, entry.id)
        if entry.deleted and name in listed:
            continue
        listed[name] = (entry if name == entry.id else replace(entry, id=name), entry.id)
    if complete:
        gone = [known.entry for name, known in before.items() if name not in listed and not known.entry.deleted]
        listed |= {entry.id: (replace(entry, deleted=True), entry.id) for entry in gone}
    return list(listed.values())


def _has_moved(old: Blog, new: Blog) -> bool:
    """Whether this is another page of the blog, so that what it does not list has not vanished."""
    return bool(old.url and new.url) and _address(old.url or "") != _address(new.url or "")


def _address(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].partition("://")[2].rstrip("/").casefold()


def _is_old(known: Known | None, entry: Entry, at: float, max_age: float) -> bool:
    """Whether an entry that is seen for the first time is history rather than news."""
    if known is None:
        return True
    if entry.published_at is not None:
        return at - entry.published_at.timestamp() > max_age
    return at - known.seen > max_age


def _change(
    before: KnownEntry | None, entry: Entry, blog: Blog, formats: str, fetched: Fetched, is_old: bool
) -> EntryChanged | None:
    if before is None:
        return None if entry.deleted else _changed(CREATED, entry, blog, fetched, quiet=is_old, born_quiet=is_old)
    if entry.deleted:
        if before.entry.deleted:
            return None
        gone = replace(before.entry, deleted=True)
        return _changed(DELETED, gone, blog, fetched, before=before)
    if formats == before.formats:
        fields = edited_fields(before.entry, entry)
    else:
        entry = fuller(before.entry, entry)
        fields = edited_in_both_views(before.entry, entry)
    return _changed(UPDATED, entry, blog, fetched, before=before, fields=fields) if fields else None


def _learnt(
    before: KnownEntry | None, entry: Entry, called: str, formats: str, change: EntryChanged | None, seq: int
) -> KnownEntry | None:
    """What is to be known of an entry from now on; None where that is what was known."""
    alias = called if called != entry.id else ""
    richer = before is None or formats.count("+") >= before.formats.count("+")
    gave = formats if before is None or richer else before.formats  # what a poorer view does not give is still theirs
    if change is not None:
        return KnownEntry(change.entry, change.revision, change.born_quiet, seq, gave, alias)
    if before is None or entry.deleted or (gave == before.formats and alias == before.alias):
        return None
    seen = fuller(before.entry, entry) if richer else before.entry
    return replace(before, entry=seen, formats=gave, alias=alias)


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


def _bounded(
    kept: Mapping[str, KnownEntry], before: Mapping[str, KnownEntry], shown: Collection[str], most: int
) -> tuple[Mapping[str, KnownEntry], list[str]]:
    """What is kept, without what was changed longest ago where it is too much; and what was forgotten of that. What is
    still shown stays: forgotten, it would be news on the next page."""
    if len(kept) <= most:
        return kept, []
    absent = (name for name in kept if name not in shown)
    oldest = nsmallest(len(kept) - most, absent, key=lambda name: kept[name].changed)
    dropped = set(oldest)
    return {name: one for name, one in kept.items() if name not in dropped}, [n for n in oldest if n in before]


def _newest(known: Known | None, changes: Sequence[EntryChanged], fetched: Fetched) -> float:
    posted = (
        change.entry.published_at.timestamp() if change.entry.published_at else fetched.seen
        for change in changes
        if change.change == CREATED
    )
    return max(posted, default=0.0) if known is None else max(known.newest, *posted, 0.0)


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
    if blog.title and old.title and without_setting(blog.title) != without_setting(old.title):
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
