"""What a poll asks for: the blog's page, a further page of its listing, or the endpoint that lists what came last."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from shared.sources.fetch_state import FetchState, Told, short, told_of
from shared.sources.record import Source

PAGE_EVERY = 8
"""Of so many polls one is of the page where an endpoint is asked in its place: it alone tells of closing and moving."""
MOST_PAGED = 30
"""Further pages that are asked for, of one blog in all."""
_PORTS = {"http": 80, "https": 443}


class Kind(StrEnum):
    PAGE = "page"
    MORE = "more"
    ENDPOINT = "endpoint"


class Ask(Struct, frozen=True):
    kind: Kind
    url: str


def followed(source: Source, told: Told) -> Source:
    """The source as it is polled: at the address to which the blog has moved."""
    at = told_of(source.url, told).at
    return replace(source, url=at) if at else source


def next_ask(source: Source, state: FetchState, told: Told) -> Ask:
    """`source` as it is followed. A page that fails is asked for itself until it works."""
    if (told.more or told.poll_url) and state.url == source.url and not state.failures:
        if (url := further(source, state, told)) is not None and not state.just_paged:
            return Ask(Kind.MORE, url)
        if _endpoint_may(state) and _is_near(told.poll_url, source, state):
            return Ask(Kind.ENDPOINT, told.poll_url)
    return Ask(Kind.PAGE, source.url)


def further(source: Source, state: FetchState, told: Told) -> str | None:
    """The next further page of the listing: of the blog's own origin, and not asked for before."""
    paged = state.paged if state.paged_of == source.url else ()
    if len(paged) >= MOST_PAGED:
        return None
    asked = {*paged, short(source.url), short(state.final)}
    return next((url for url in told.more if short(url) not in asked and _is_near(url, source, state)), None)


def _endpoint_may(state: FetchState) -> bool:
    return state.endpoint_rest == 0 and state.since_page < PAGE_EVERY - 1


def _is_near(url: str, source: Source, state: FetchState) -> bool:
    """Whether an address that a page names has the origin of the page: it makes us call no other site."""
    return bool(url) and (
        origin(url) == origin(source.url) or (state.final != "" and origin(url) == origin(state.final))
    )


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no address."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
