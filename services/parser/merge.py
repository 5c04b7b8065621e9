"""What several formats say of one page, merged field by field: each is believed in what it is good at.

The first reading lists the entries. Another reading of the same entries fills what is missing and is believed before it
where its kind knows better; entries that only it lists are added once it is plain that both speak of one list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

from msgspec.structs import replace

from services.parser.identity import content_id, usable_ids
from services.parser.memo import Memo
from services.parser.readings import DOM, MODEL, STRUCTURED, Reading
from services.parser.wording import folded, is_longer
from shared.records import Blog, Entry

BELIEVED: Mapping[str, tuple[str, ...]] = {
    "title": (MODEL, STRUCTURED, DOM),
    "text": (MODEL, STRUCTURED, DOM),
    "authors": (MODEL, DOM, STRUCTURED),
    "published_at": (MODEL, STRUCTURED, DOM),
    "updated_at": (MODEL, STRUCTURED, DOM),
    "url": (MODEL, STRUCTURED, DOM),
    "links": (MODEL, DOM, STRUCTURED),
    "images": (MODEL, STRUCTURED, DOM),
}
"""Whose word counts where two readings both say something. JSON-LD is bad at authors (it repeats the page's byline),
the DOM at times (its zones are false) and at text (it mixes in what stands around)."""

_SILENT = frozenset({"title", "authors", "updated_at"})
"""Where a publisher's own model says nothing of these, an entry has none: JSON-LD beside it repeats the page's."""

ZONE_STEP = timedelta(minutes=15)
MOST_OFFSET = timedelta(hours=14)
SAME_TIME = timedelta(minutes=2)
"""Two readings of one entry may differ by so much: one gives seconds, the other the minute of its release."""


class Merged:
    """The entries of the readings so far. `speakers` says which formats gave each entry, by its place in the list."""

    def __init__(self, first: Reading, memo: Memo) -> None:
        self._memo = memo
        self.entries = list(first.entries)
        self.speakers = [first.blog.format] * len(first.entries)
        self.loose = [first.inferred] * len(first.entries)

    def add(self, reading: Reading, first: Reading) -> None:
        places = aligned(self.entries, reading.entries)
        if first.kind == STRUCTURED and self._byline_is_the_pages(reading, first.blog.authors, places):
            self.entries = [replace(entry, authors=()) if entry.authors else entry for entry in self.entries]
        entries = _set_right(self.entries, reading, places)
        merge = partial(both, kind=first.kind, reading=reading)
        for number, entry in enumerate(entries):
            at = places.get(number)
            if at is not None:
                self.entries[at] = self._memo.both(self.entries[at], entry, merge)
                if not reading.marks:
                    self.speakers[at] += f"+{reading.blog.format}"
            elif (entry.deleted and entry.id) or (
                not reading.marks and len(places) * 2 >= min(len(entries), len(self.entries))
            ):
                self.entries.append(entry)
                self.speakers.append(reading.blog.format)
                self.loose.append(reading.inferred)

    def _byline_is_the_pages(self, reading: Reading, byline: tuple[str, ...], places: Mapping[int, int]) -> bool:
        """Whether our entries all carry the page's byline, and what the page shows beside them is something else."""
        if reading.kind != DOM or not places or any(entry.authors not in ((), byline) for entry in self.entries):
            return False
        shown = {reading.entries[number].authors for number in places} - {byline}
        return bool(byline) and bool(shown if reading.names_authors else shown - {()})


def merged(readings: Sequence[Reading], memo: Memo) -> tuple[Blog, tuple[Entry, ...], dict[str, str]]:
    """The blog, its entries with their ids, and the formats that gave each entry ("jsonld+reach") by its id."""
    first, *others = [replace(reading, entries=_identified(reading)) for reading in readings]
    whole = Merged(first, memo)
    for other in others:
        whole.add(other, first)
    entries: dict[str, Entry] = {}
    speakers: dict[str, str] = {}
    for entry, formats, loose in zip(whole.entries, whole.speakers, whole.loose, strict=True):
        named = (
            entry if entry.id else replace(entry, id=content_id(replace(entry, published_at=None) if loose else entry))
        )
        if named.id not in entries or (entries[named.id].deleted and not named.deleted):
            entries[named.id] = named
            speakers[named.id] = formats
    return _blog(readings), tuple(entries.values()), speakers


def _identified(reading: Reading) -> tuple[Entry, ...]:
    """With those of its own ids that name one entry each."""
    given = [entry.id for entry in reading.entries]
    ids = usable_ids(given, reading.entries, own=reading.kind == MODEL or reading.marks)
    if ids == given:
        return reading.entries
    return tuple(
        entry if entry.id == (name or "") else replace(entry, id=name or "", url=_lasting(entry, name))
        for entry, name in zip(reading.entries, ids, strict=True)
    )


def _lasting(entry: Entry, name: str | None) -> str | None:
    """The entry's address; where its id does not stay its own, the page's, since it would lead to another entry."""
    return entry.url.partition("#")[0] if entry.url and not name else entry.url


def aligned(ours: Sequence[Entry], theirs: Sequence[Entry]) -> dict[int, int]:
    """Which of our entries each of theirs is, by place: by id, else by what only one of each says."""
    by_id = {entry.id: at for at, entry in enumerate(ours) if entry.id}
    places = {number: by_id[entry.id] for number, entry in enumerate(theirs) if entry.id in by_id}
    taken = set(places.values())
    for said in (_bare_id, _title, _text):
        if len(places) == len(theirs):
            break
        known, asked = _unique(ours, said), _unique(theirs, said)
        for what, number in asked.items():
            at = known.get(what)
            if at is not None and number not in places and at not in taken:
                places[number] = at
                taken.add(at)
    return places


def _unique(entries: Sequence[Entry], said: Callable[[Entry], str]) -> dict[str, int]:
    found: dict[str, int] = {}
    several: set[str] = set()
    for number, entry in enumerate(entries):
        if what := said(entry):
            several |= {what} & found.keys()
            found[what] = number
    return {what: number for what, number in found.items() if what not in several}


def _bare_id(entry: Entry) -> str:
    return entry.id.removeprefix("block-").removeprefix("post-").removeprefix("entry-")


def _title(entry: Entry) -> str:
    return folded(entry.title) if entry.title else ""


def _text(entry: Entry) -> str:
    return folded(entry.text[:400])[:80] if entry.text else ""


def _set_right(ours: Sequence[Entry], reading: Reading, places: Mapping[int, int]) -> tuple[Entry, ...]:
    """The reading's entries with their times moved where all are off by one and the same zone's offset."""
    if reading.exact:
        return reading.entries
    offsets = Counter(_steps(ours, reading.entries, places))
    whole = offsets.total()
    steps, agree = offsets.most_common(1)[0] if offsets else (0, 0)
    if steps == 0 or agree * 5 < whole * 4:
        return reading.entries
    by = steps * ZONE_STEP
    return tuple(
        replace(
            entry,
            published_at=entry.published_at - by if entry.published_at else None,
            updated_at=entry.updated_at - by if entry.updated_at else None,
        )
        for entry in reading.entries
    )


def _steps(ours: Sequence[Entry], theirs: Sequence[Entry], places: Mapping[int, int]) -> Iterator[int]:
    """How many quarters of an hour their time is ahead of ours, for each entry that both date."""
    for number, at in places.items():
        we, they = ours[at].published_at, theirs[number].published_at
        if we is None or they is None:
            continue
        steps = round((they - we) / ZONE_STEP)
        if abs(they - we - steps * ZONE_STEP) <= SAME_TIME and abs(they - we) <= MOST_OFFSET:
            yield steps


def both(ours: Entry, theirs: Entry, *, kind: str, reading: Reading) -> Entry:
    """One entry out of two readings of it; `kind` is that of the reading that listed ours."""
    changes: dict[str, object] = {
        name: said
        for name, order in BELIEVED.items()
        if (said := getattr(theirs, name))
        and said != getattr(ours, name)
        and (_is_open(ours, name, kind) or order.index(reading.kind) < order.index(kind))
    }
    if reading.exact and theirs.published_at:
        changes |= {"published_at": theirs.published_at}
    if "text" in changes or is_longer(ours.text, theirs.text):
        changes |= {"text": theirs.text, "html": theirs.html}
    elif theirs.html and theirs.text.split() == ours.text.split():
        # The same words: the DOM keeps the paragraphs and links that others flatten.
        changes |= {"text": theirs.text, "html": theirs.html} if "\n\n" in theirs.text or not ours.html else {}
    for flag in ("key_event", "pinned"):
        if getattr(theirs, flag) and not getattr(ours, flag):
            changes[flag] = True
    if not ours.id and theirs.id:
        changes["id"] = theirs.id
    return replace(ours, **changes) if changes else ours


def _is_open(ours: Entry, name: str, kind: str) -> bool:
    return not getattr(ours, name) and not (kind == MODEL and name in _SILENT)


def _blog(readings: Sequence[Reading]) -> Blog:
    """What each says first; a model's flag, then what a DOM shows of whether it is live, count before a date that
    publishers move along."""
    blogs = [reading.blog for reading in readings]
    first = blogs[0]
    whole = {
        name: next((value for blog in blogs if (value := getattr(blog, name))), getattr(first, name))
        for name in ("url", "title", "description", "authors", "published_at", "updated_at", "next_url", "comments_url")
    }
    by_kind = sorted(readings, key=lambda reading: (MODEL, DOM, STRUCTURED).index(reading.kind))
    live = next((reading.blog.live for reading in by_kind if reading.blog.live is not None), None)
    spoke = "+".join(reading.blog.format for reading in readings if not reading.marks)
    return replace(first, **whole, live=live, format=spoke)
