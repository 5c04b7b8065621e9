"""The times of one page: which zone they are in, and why some could not be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise

from services.parser.doubts import IMPLAUSIBLE, NO_ZONE, UNREADABLE
from services.parser.times import ago, clock_time, in_utc, moment, named_zone, plausible

AHEAD_OF_FETCH = timedelta(minutes=2)
"""A bare "14:31" may be ahead of our clock by so much before it is taken for yesterday's."""
OUT_OF_ORDER = timedelta(hours=3)
"""A bare time may be later than its neighbour above by so much before it is taken for the day before."""

_STATED = re.compile(
    r"\b[Tt]imes? (?:(?:are|is|shown|given|listed|stated|displayed|quoted|in|local|below|here),? ){0,4}"
    r"\(?(?P<zone>UTC|GMT|[A-Z]{2,3}T|MSK|ET|CT|MT|PT)\b",
)


class Clock:
    """Reads the times of a page: in their own zone, else in the one that the page states, else in the source's setting.

    `doubts` counts what could not be read, by reason; `inferred` what was worked out from the fetch time; `leant` all
    readings that took more than what is written: the page's word on its zone, the fetch time, or a doubt.
    """

    def __init__(self, fetched_at: datetime, *, stated: Callable[[], tzinfo | None], setting: tzinfo | None) -> None:
        self.fetched_at = fetched_at
        self.doubts: Counter[str] = Counter()
        self.inferred = 0
        self.leant = 0
        self._stated = stated
        self._setting = setting

    @cached_property
    def _page_zone(self) -> tzinfo | None:
        return self._stated()

    @property
    def zone(self) -> tzinfo | None:
        """The zone of times that carry none."""
        if self._page_zone is not None:
            self.leant += 1
        return self._page_zone or self._setting

    def instant(self, value: object, *, zone: tzinfo | None = None) -> datetime | None:
        """A whole date with its time, as `times.moment` reads it. `zone` is what the format itself lays down for times
        that carry none."""
        if value is None or value == "":
            return None
        if (found := moment(value)) is None:
            self._doubt(UNREADABLE)
            return None
        return self._known(in_utc(found, None if found.tzinfo else zone or self.zone))

    def shown(self, texts: Sequence[str | None]) -> list[datetime | None]:
        """Times as they are shown beside entries, in the page's order: whole dates, "5 minutes ago", or a bare "14:30",
        which is the latest such time that fits between the fetch and its neighbour above (below, where the page lists
        oldest first)."""
        bare = [clock_time(text) if text else None for text in texts]
        upwards = _ascends([found.at for found in bare if found])
        order = range(len(texts) - 1, -1, -1) if upwards else range(len(texts))
        found: list[datetime | None] = [None] * len(texts)
        latest = self.fetched_at + AHEAD_OF_FETCH
        for at in order:
            text, clock = texts[at], bare[at]
            if clock is not None:
                found[at] = self._last(clock.at.hour, clock.at.minute, clock.zone or self.zone, latest)
            elif text and (since := ago(text)) is not None:
                self._infer()
                found[at] = (self.fetched_at - since).replace(second=0, microsecond=0)
            elif text:
                found[at] = self.instant(text)
            if (known := found[at]) is not None:
                latest = min(known + OUT_OF_ORDER, self.fetched_at + AHEAD_OF_FETCH)
        return found

    def _last(self, hour: int, minute: int, zone: tzinfo | None, latest: datetime) -> datetime | None:
        """The latest `hour:minute` in the zone that is not after `latest`."""
        if zone is None:
            self._doubt(NO_ZONE)
            return None
        self._infer()
        there = latest.astimezone(zone)
        same_day = there.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
        return (same_day if same_day <= there else same_day - timedelta(days=1)).astimezone(UTC)

    def _known(self, instant: datetime | None) -> datetime | None:
        if instant is None:
            self._doubt(NO_ZONE)
        elif not plausible(instant, self.fetched_at):
            self._doubt(IMPLAUSIBLE)
            return None
        return instant

    def _infer(self) -> None:
        self.inferred += 1
        self.leant += 1

    def _doubt(self, reason: str) -> None:
        self.doubts[reason] += 1
        self.leant += 1


def stated_zone(text: str) -> tzinfo | None:
    """What a page says of its own times: "All times are GMT", "Times are in ET"."""
    found = _STATED.search(text)
    return named_zone(found["zone"]) if found else None


def _ascends(times: Sequence[time]) -> bool:
    """Whether times of day mostly grow down the page."""
    return sum((one < other) - (one > other) for one, other in pairwise(times)) > 0
