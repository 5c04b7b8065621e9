"""What a claimed source is polled for."""

from __future__ import annotations

from msgspec import Struct

from services.fetcher.asking import Ask, followed, next_ask
from shared.sources.fetch_state import FetchState, Told, told_of
from shared.sources.record import Source
from shared.sources.store import Claimed


class Poll(Struct, frozen=True, kw_only=True):
    """`source` is at the address to which the blog has moved."""

    claimed: Claimed
    source: Source
    state: FetchState
    told: Told
    ask: Ask


def poll_of(claimed: Claimed) -> Poll:
    told = told_of(claimed.source.url, claimed.told)
    source = followed(claimed.source, told)
    return Poll(
        claimed=claimed,
        source=source,
        state=claimed.state,
        told=told,
        ask=next_ask(source, claimed.state, told),
    )
