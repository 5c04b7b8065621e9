"""A page as the fetcher would get it, for a person who names its address."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from services.fetcher.app import outgoing_of, product_token
from services.fetcher.fetch import fetch
from services.fetcher.outcome import Changed, Failed, judge
from services.fetcher.reasons import SENTENCES, Reason
from services.fetcher.request import request_headers
from services.fetcher.robots import Robots
from services.fetcher.settings import Settings
from shared.content_coding import ACCEPTED
from shared.fetch_state import FetchState
from shared.settings import load_settings
from shared.sources import Source


class Look(Struct, frozen=True, kw_only=True):
    """`robots` is what a robots.txt has against it, in a sentence, "" for nothing; `delay` the gap that it asks for."""

    page: Changed
    robots: str = ""
    delay: float = 0.0


class NotFetchedError(Exception):
    """The page could not be had: the text is a sentence that says why and how to mend it."""


async def look(url: str, *, ask_robots: bool = False) -> Look:
    """Fetches with the fetcher's settings, bounds and guard. The person at the keyboard may name any host; where that
    redirects to is guarded. Raises NotFetchedError and SettingsError."""
    settings = load_settings(Settings)
    source = Source(id="page", url=url)
    async with outgoing_of(settings, _host(url)) as outgoing:
        verdict = None
        if ask_robots:
            verdict = await Robots(outgoing, token=product_token(settings.user_agent)).verdict(url)
        answer = await fetch(
            outgoing,
            url,
            request_headers(source, FetchState(), ACCEPTED),
            seconds=settings.fetch_timeout,
            most_bytes=settings.max_page_bytes,
        )
    if not isinstance(answer, Failed):
        found = judge(source, FetchState(), answer, most_bytes=settings.max_page_bytes)
        if isinstance(found, Changed):
            against = SENTENCES[verdict.failed.reason] if verdict and verdict.failed else ""
            return Look(page=found, robots=against, delay=verdict.delay if verdict else 0.0)
        answer = found if isinstance(found, Failed) else Failed(reason=Reason.EMPTY, seen=found.seen)
    raise NotFetchedError(f"{url}: {SENTENCES[answer.reason]}" + (f" ({answer.detail})" if answer.detail else ""))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
