"""/api/v1/caught: how many of the last day's entries a filter catches.

The gateway answers at once, from its own view, a reader who is still typing; /api/v1/explain asks the notifier and
gives reasons.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from litestar import Request, post
from litestar.params import JSONBody
from msgspec import Struct

from services.gateway.admission import check_filter, within_allowance
from services.gateway.catching import Catcher
from services.gateway.http.given import GivenAsking, GivenCatcher, GivenSettings
from services.gateway.view import EntryView
from shared.subscriptions.record import Filter

DAY_SECONDS = 86_400
EXAMINED = 5_000
"""Entries that are looked at, the newest first."""
SHOWN = 20
PER_MINUTE = 120


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    filter: Filter = Filter()


class Counted(Struct, frozen=True, kw_only=True):
    """`count` of the `of` entries that were posted within the last day; `entries` are the newest of them."""

    count: int
    of: int
    entries: list[EntryView]


@post(
    "/api/v1/caught",
    status_code=200,
    tags=("subscriptions",),
    summary="How many of the last day's entries a filter catches, while it is being written",
)
async def count(
    request: Request[Any, Any, Any],
    data: JSONBody[Count],
    catcher: GivenCatcher,
    settings: GivenSettings,
    asking: GivenAsking,
) -> Counted:
    within_allowance(request, settings, asking)
    check_filter(data.filter)
    since = time.time() - DAY_SECONDS
    caught: list[EntryView] = []
    many = of = 0
    async for found in catcher.caught(data.filter, islice(_since(catcher, since, data.filter), EXAMINED)):
        of += 1
        if found is not None:
            many += 1
            if len(caught) < SHOWN:
                caught.append(found)
    return Counted(count=many, of=of, entries=caught)


def _since(catcher: Catcher, since: float, wanted: Filter) -> Iterator[EntryView]:
    """The entries of the last day: of the one source that is asked for, or of all."""
    source = wanted.sources[0] if len(wanted.sources) == 1 else None
    for entry in catcher.newest_first(source):
        if (entry.published_at or entry.seen_at).timestamp() < since:
            return
        yield entry
