"""A page as the fetcher would get it, for a person who names its address."""

from __future__ import annotations

from urllib.parse import urlsplit

from services.fetcher.app import outgoing_of, robots_of
from services.fetcher.looking import Look, look
from services.fetcher.settings import Settings
from shared.settings import load_settings


async def look_at(url: str, *, ask_robots: bool = False) -> Look:
    """Fetches with the fetcher's settings, bounds and guard. The person at the keyboard may name any host; where that
    redirects to is guarded. Raises NotFetchedError and SettingsError."""
    settings = load_settings(Settings)
    async with outgoing_of(settings, _host(url)) as outgoing:
        return await look(
            outgoing,
            url,
            seconds=settings.fetch_timeout,
            most_bytes=settings.max_page_bytes,
            robots=robots_of(settings, outgoing) if ask_robots else None,
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
