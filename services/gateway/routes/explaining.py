"""/api/v1/explain: what of the last day a filter would have caught, before anybody subscribes with it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from services.gateway.admission import check_filter, within_allowance
from services.gateway.http.given import GivenAsking, GivenRedis, GivenSettings
from services.gateway.http.problems import ProblemError
from shared.filters.explaining import EXPLAIN, FilterQuestion
from shared.filters.explanation import Caught, Explanation
from shared.streams.asking import BusyError, ask
from shared.subscriptions.record import Filter

DAY = 86_400.0


class Explain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`since` is RFC 3339 with its offset; a day ago where it is left out."""

    filter: Filter
    since: Annotated[datetime, Meta(tz=True)] | None = None


class Explained(Struct, frozen=True, kw_only=True):
    """`examined` events since then, of which `matched` would have alerted; `caught` are the newest of these. `quiet`
    more match that were taken in without alerting anybody, such as a live blog's entries from before it was watched.
    `complete` is false where there was more than could be looked through."""

    since: datetime
    examined: int
    matched: int
    quiet: int
    complete: bool
    caught: tuple[Caught, ...]


@post(
    "/api/v1/explain",
    status_code=200,
    tags=("subscriptions",),
    summary="What of the last day a filter would have caught, and why",
)
async def explain(
    request: Request[Any, Any, Any],
    data: JSONBody[Explain],
    redis: GivenRedis,
    settings: GivenSettings,
    asking: GivenAsking,
) -> Explained:
    check_filter(data.filter)
    within_allowance(request, settings, asking)
    now = time.time()
    since = max(now - DAY, data.since.timestamp() if data.since else 0.0)
    try:
        found = await ask(redis, EXPLAIN, FilterQuestion(filter=data.filter, since=since), Explanation)
    except BusyError as error:
        raise ProblemError(
            503, "Too many ask this just now: try again in a few seconds.", {"Retry-After": "5"}
        ) from error
    if found is None:
        raise ProblemError(503, "No notifier answered in time: is one running?", {"Retry-After": "5"})
    return Explained(
        since=datetime.fromtimestamp(since, UTC),
        examined=found.examined,
        matched=found.matched,
        quiet=found.quiet,
        complete=found.complete,
        caught=found.caught,
    )
