"""One look at a page that is not watched: for the operator's preview, and for a person at a terminal."""

from __future__ import annotations

from msgspec import Struct

from services.fetcher.fetch import fetch
from services.fetcher.outcome import Answer, Changed, Failed, judge
from services.fetcher.reasons import SENTENCES, Reason
from services.fetcher.request import request_headers
from services.fetcher.robots import Robots
from shared.outgoing.client import Outgoing
from shared.outgoing.content_coding import ACCEPTED
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source


class Look(Struct, frozen=True, kw_only=True):
    """`against` is what the site has against being fetched, in sentences."""

    page: Changed
    against: tuple[str, ...] = ()


class NotFetchedError(Exception):
    """The page could not be had: the text is a sentence that says why and how to mend it."""


async def look(outgoing: Outgoing, url: str, *, seconds: float, most_bytes: int, robots: Robots | None = None) -> Look:
    """Fetches a page, whatever `robots` say, which is told. Raises NotFetchedError."""
    source = Source(id="page", url=url)
    against = await _against(robots, url) if robots else ()
    answer = await fetch(
        outgoing, url, request_headers(source, FetchState(), ACCEPTED), seconds=seconds, most_bytes=most_bytes
    )
    if robots and isinstance(answer, Answer) and answer.url != url:
        against = tuple(dict.fromkeys((*against, *await _against(robots, answer.url))))
    if not isinstance(answer, Failed):
        found = judge(source, FetchState(), answer, most_bytes=most_bytes)
        if isinstance(found, Changed):
            return Look(page=found, against=against)
        answer = found if isinstance(found, Failed) else Failed(reason=Reason.EMPTY, seen=found.seen)
    raise NotFetchedError(f"{url}: {SENTENCES[answer.reason]}" + (f" ({answer.detail})" if answer.detail else ""))


async def _against(robots: Robots, url: str) -> tuple[str, ...]:
    verdict = await robots.verdict(url)
    refused = (SENTENCES[verdict.failed.reason],) if verdict.failed else ()
    slow = f"The site asks for {verdict.delay:g} s between two requests: it is polled no faster."
    return (*refused, slow) if verdict.delay else refused
