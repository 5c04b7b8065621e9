"""What a page that the parser took in tells of its blog: whether it runs, where it is, how often entries come."""

from __future__ import annotations

from urllib.parse import urldefrag

from msgspec.structs import replace

from shared.messages import PageRead
from shared.sources.fetch_state import Told, short, told_of
from shared.sources.record import Source

ARRIVALS = 8
"""So many of the newest entries say how often they come."""
MOST_MOVES = 100
"""A blog that goes on at another address more often than this is not followed any further."""
MOST_MORE = 50
"""Addresses of further pages that are kept."""
MAX_URL = 2048


def told_after(source: Source, before: Told, read: PageRead) -> Told:
    """What is known after the page; an older page than the last that told changes nothing."""
    told = told_of(source.url, before)
    if read.seq <= told.seq:
        return before
    told = replace(told, of=source.url, seq=read.seq, arrivals=_arrivals(told, read))
    if (going_on := _next(source, told, read)) is not None:
        return _moved(source, told, going_on, read.passed.seen)
    return replace(
        told,
        live=told.live if read.live is None else read.live,
        closed_since=_closed(told, read),
        more=tuple(dict.fromkeys(url for url in (*read.more, *told.more) if _usable(url)))[:MOST_MORE],
        poll_url=read.poll_url if _usable(read.poll_url) else told.poll_url,
    )


def moves_no_further(source: Source, told: Told, read: PageRead) -> bool:
    """Whether the page names a place to go on to which is not followed, since there were too many."""
    return len(told.visited) >= MOST_MOVES and _target(source, told, read) is not None


def _arrivals(told: Told, read: PageRead) -> tuple[float, ...]:
    """A first page brings the history of the blog: of it the newest entry counts. Paging back brings nothing new."""
    newest = min(read.newest, read.passed.seen)
    if not read.created or newest <= told.last_entry:
        return told.arrivals
    count = min(read.created, ARRIVALS) if told.seq else 1
    return ((newest,) * count + told.arrivals)[:ARRIVALS]


def _closed(told: Told, read: PageRead) -> float:
    if read.live is None:
        return told.closed_since
    return 0.0 if read.live else told.closed_since or read.passed.seen


def _next(source: Source, told: Told, read: PageRead) -> str | None:
    return _target(source, told, read) if len(told.visited) < MOST_MOVES else None


def _target(source: Source, told: Told, read: PageRead) -> str | None:
    """The address to follow to: none that it is at, or has left."""
    if not _usable(read.next_url):
        return None
    target = urldefrag(str(read.next_url)).url
    return None if target in {source.url, told.at} or short(target) in told.visited else target


def _moved(source: Source, told: Told, target: str, seen: float) -> Told:
    left = short(told.at or source.url)
    return Told(
        of=source.url,
        seq=told.seq,
        arrivals=told.arrivals,
        at=target,
        moved_since=seen,
        visited=(*told.visited, left),
    )


def _usable(url: str | None) -> bool:
    return bool(url) and len(str(url)) <= MAX_URL and str(url).startswith(("https://", "http://"))
