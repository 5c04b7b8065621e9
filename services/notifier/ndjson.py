"""`livebell match`: subscriptions and lines of entries in, which of them match and why out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from services.notifier.matching.reasons import reasons
from shared.messages import CREATED, DELETED, UPDATED, Enrichment, EntryChanged, EntryEnriched, event_id
from shared.records import Blog, Entry
from shared.sources.record import source_id
from shared.subscriptions.contradictions import contradiction
from shared.subscriptions.record import Filter

MOST_LINE_BYTES = 10_000_000
MOST_SUBSCRIPTIONS = 100_000
_encode = msgspec.json.Encoder().encode
T = TypeVar("T")
Enrich = Callable[[Entry, Blog], Enrichment]


class InputError(Exception):
    """What is wrong with which line or subscription, and how to mend it."""


class Wanted(Struct, frozen=True, kw_only=True):
    id: str
    filter: Filter


def read_subscriptions(raw: bytes) -> list[Wanted]:
    """From a JSON array, from what `GET /api/v1/subscriptions` answers, or from a line for each; of each subscription
    `filter` is read, and `id` where it has one. An object without either is a filter. Raises InputError."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = [_object(f"Line {number}", line) for number, line in _lines(raw.splitlines())]
    if isinstance(found, dict):
        found = found["subscriptions"] if isinstance(found.get("subscriptions"), list) else [found]
    if not isinstance(found, list) or len(found) > MOST_SUBSCRIPTIONS:
        raise InputError(f"Give a JSON array of subscriptions, at most {MOST_SUBSCRIPTIONS}.")
    return [_wanted(number, values) for number, values in enumerate(found, 1)]


def match_lines(
    subscriptions: Iterable[Wanted], lines: Iterable[bytes], enrich: Enrich, *, everything: bool = False
) -> Iterator[bytes]:
    """A line for each match: entry, change, subscription, and each condition with what was asked, what of that the
    entry has, and whether it holds; with `everything` also for each pair that does not match.

    Entries are as `livebell enrich` prints them; those that nobody enriched are. A second line of an entry is its edit.
    Where a line names no `source`, it is made from the blog's address, as that of a watched one. Raises InputError.
    """
    wanted = list(subscriptions)
    for event in _events(lines, enrich):
        change = event.changed.change
        for one in wanted:
            found = reasons(one.filter, event, change)
            matches = all(reason.holds for reason in found)
            if matches or everything:
                told = {"entry": event.changed.entry.id, "change": change, "subscription": one.id, "matches": matches}
                yield _encode(told | {"conditions": found})


def _events(lines: Iterable[bytes], enrich: Enrich) -> Iterator[EntryEnriched]:
    blog = Blog(url=None)
    revisions: dict[str, int] = {}
    for number, line in _lines(lines):
        values = _object(f"Line {number}", line)
        if values.get("type") == "blog":
            blog = _convert(f"Line {number}", values | {"url": values.get("url") or ""}, Blog)
            continue
        if not isinstance(values.get("id"), str) or not isinstance(values.get("text"), str):
            raise InputError(f'Line {number} has no "id" and "text" of type string. Give every entry both.')
        entry = _convert(f"Line {number}", values, Entry)
        about = _convert(f"Line {number}", values, Enrichment) if "urgency" in values else enrich(entry, blog)
        revision = revisions[entry.id] = revisions.get(entry.id, 0) + 1
        change = DELETED if entry.deleted else CREATED if revision == 1 else UPDATED
        source = str(values.get("source") or (source_id(blog.url) if blog.url else ""))
        yield EntryEnriched(
            changed=EntryChanged(
                id=event_id(source, entry.id, revision),
                source=source,
                blog=blog,
                change=str(values.get("change") or change),
                entry=entry,
                revision=revision,
            ),
            about=about,
        )


def _lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_LINE_BYTES:
            raise InputError(f"Line {number} has more than {MOST_LINE_BYTES} bytes. Split it.")
        if line.strip():
            yield number, line


def _wanted(number: int, values: Any) -> Wanted:
    if not isinstance(values, dict):
        raise InputError(f'Subscription {number} is no object: write {{"id": …, "filter": {{…}}}}.')
    given = values.get("filter", {}) if {"id", "filter", "channel"} & values.keys() else values
    name = str(values.get("id") or number)
    filter_ = _convert(f"Subscription {name}", given, Filter)
    if reason := contradiction(filter_):
        raise InputError(f"Subscription {name} can never match: {reason}")
    return Wanted(id=name, filter=filter_)


def _object(where: str, line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{where} is no JSON object ({error}).") from error


def _convert(where: str, values: Any, kind: type[T]) -> T:
    given = {key: value for key, value in values.items() if value is not None} if isinstance(values, dict) else values
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {error}. Mend that key or leave it out.") from error
