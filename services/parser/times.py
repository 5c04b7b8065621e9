"""Times as pages write them, into aware datetimes in UTC; None where the page does not say enough."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST_YEAR = 1995
AHEAD = timedelta(days=2)
"""A time further ahead of the fetch than this is no time at which something was posted."""
EPOCH_MILLISECONDS = 100_000_000_000

_ISO = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,](?P<part>\d{1,9}))?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)
ABBREVIATIONS = {
    "UTC": 0, "GMT": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "JST": 540, "SGT": 480, "HKT": 480,
}  # fmt: skip
"""Minutes east of UTC, of abbreviations that news pages use and that mean one zone only."""


def parse_iso(value: object, *, zone: tzinfo | None, fetched_at: datetime) -> datetime | None:
    """ISO 8601 as found in the wild, or seconds or milliseconds since the epoch; a naive one is in `zone`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return plausible(_from_epoch(float(value)), fetched_at)
    if not isinstance(value, str) or (found := _ISO.match(value.strip())) is None:
        return None
    try:
        naive = datetime.fromisoformat(f"{found['date']}T{found['time']}")
    except ValueError:
        return None
    naive = naive.replace(microsecond=int((found["part"] or "0").ljust(6, "0")[:6]))
    return in_utc(naive, _zone(found["zone"]) or zone, fetched_at)


def in_utc(naive: datetime, zone: tzinfo | None, fetched_at: datetime) -> datetime | None:
    """The instant, or None where there is no zone or nobody can have posted then."""
    if zone is None:
        return None
    try:
        return plausible(naive.replace(tzinfo=zone).astimezone(UTC), fetched_at)
    except (OverflowError, ValueError):
        return None


def plausible(instant: datetime | None, fetched_at: datetime) -> datetime | None:
    if instant is None or instant.year < EARLIEST_YEAR or instant > fetched_at + AHEAD:
        return None
    return instant


def named_zone(name: str | None) -> tzinfo | None:
    """An abbreviation such as BST, or an IANA name such as Europe/London."""
    if not name:
        return None
    if (minutes := ABBREVIATIONS.get(name.upper())) is not None:
        return timezone(timedelta(minutes=minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes)) if minutes < 24 * 60 else None


def _from_epoch(number: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(number / 1000 if abs(number) > EPOCH_MILLISECONDS else number, UTC)
    except (OverflowError, ValueError, OSError):
        return None
