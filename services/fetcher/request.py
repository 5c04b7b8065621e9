"""What a poll asks for: the page, and only if it differs from the one that we have."""

from __future__ import annotations

from services.fetcher.outcome import conditional
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source

ACCEPT = "text/html, application/xhtml+xml, application/json;q=0.9, application/xml;q=0.9, */*;q=0.5"


def request_headers(source: Source, state: FetchState, codings: str) -> dict[str, str]:
    """`codings` are those that we can undo within a bound."""
    headers = {"Accept": ACCEPT, "Accept-Encoding": codings}
    if conditional(source, state):
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.last_modified:
            headers["If-Modified-Since"] = state.last_modified
    return headers
