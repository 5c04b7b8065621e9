"""Times as pages write them. A value that carries no zone comes out naive: whoever knows the page gives it one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

EARLIEST_YEAR = 1995
AHEAD = timedelta(days=2)
"""A time further ahead of the fetch than this is no time at which something was posted."""
EPOCH_MILLISECONDS = 100_000_000_000
TIME_CHARACTERS = 100

ABBREVIATIONS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180,
    "MSK": 180, "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "JST": 540, "SGT": 480, "HKT": 480,
}  # fmt: skip
"""Minutes east of UTC, of abbreviations that news pages use and that mean one zone only."""
BY_SEASON = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
"""Abbreviations that leave it to the date whether daylight is saved."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ISO = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,](?P<part>[0-9]{1,9}))?"
    r"\s*(?P<zone>Z|[A-Z]{2,4}|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CLOCK = (
    r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2})(?::[0-9]{2})?)?(?: ?(?P<half>[apAP])\.?[mM]\.?)?"
    r"(?: ?\(?(?P<zone>[A-Z]{2,4})\)?)?"
)
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?:[A-Za-z]{3,9},? )?"
_DAY_MONTH = rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (?P<year>[0-9]{{4}})"
_MONTH_DAY = rf"{_MONTH} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}})"
_SPELT = [
    re.compile(pattern)
    for date in (_DAY_MONTH, _MONTH_DAY)
    for pattern in (rf"{_CLOCK},? (?:on )?{_DAY}{date}", rf"{_DAY}{date},?(?: at| -| \|)? {_CLOCK}")
]
_BARE = re.compile(_CLOCK)
_SPAN = r"(?:(?P<number{0}>[0-9]{{1,3}})|an?) ?(?P<unit{0}>s|sec|second|m|min|minute|h|hr|hour|d|day)s?\.?"
_AGO = re.compile(rf"{_SPAN.format('')}(?:,? {_SPAN.format(2)})? ago", re.IGNORECASE)
_SAID = re.compile(r"(?:(?:last|first) )?(?:updated|published|posted|modified)(?: (?:at|on))?:? ", re.IGNORECASE)
"""What stands before a time without being one: "Updated 5:33 p.m. ET"."""
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class ClockTime(Struct, frozen=True):
    """A time of day without its day."""

    at: time
    zone: tzinfo | None


def moment(value: object) -> datetime | None:
    """ISO 8601 as found in the wild, RFC 2822, a date spelt out in English, or seconds or milliseconds since the epoch.

    Naive where it carries no zone that we know; None where it is no whole date with a time.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_epoch(value)
    if not isinstance(value, str):
        return None
    if value[4:5] == value[7:8] == "-" and value[13:14] == ":" and len(value) <= 35:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    text = _bare_of_words(value)
    return _from_iso(text) or _spelt(text) or _from_mail_date(text)


def clock_time(text: str) -> ClockTime | None:
    """A time of day: "14:30", "2.30pm", "12:09 a.m. ET"; None for anything else, a bare number included."""
    found = _BARE.fullmatch(_bare_of_words(text))
    if found is None or (found["minute"] is None and found["half"] is None):
        return None
    at = _time_of(found)
    return ClockTime(at, named_zone(found["zone"])) if at else None


def ago(text: str) -> timedelta | None:
    """How long before now "5 minutes ago", "1 hr 5 min ago", "2h ago" or "just now" is."""
    said = _bare_of_words(text).casefold()
    if said in {"just now", "now", "moments ago"}:
        return timedelta(0)
    if (found := _AGO.fullmatch(said)) is None:
        return None
    longer = int(found["number"] or 1) * _UNITS[found["unit"][0]]
    return longer + int(found["number2"] or 1) * _UNITS[found["unit2"][0]] if found["unit2"] else longer


def _bare_of_words(text: str) -> str:
    line = " ".join(text[:TIME_CHARACTERS].split())
    return line[said.end() :] if (said := _SAID.match(line)) else line


def plausible(instant: datetime, fetched_at: datetime) -> bool:
    """Whether somebody can have posted then."""
    return instant.year >= EARLIEST_YEAR and instant <= fetched_at + AHEAD


def in_utc(moment: datetime, zone: tzinfo | None) -> datetime | None:
    """The instant; None for a naive one without a zone, or beyond the calendar."""
    if moment.tzinfo is None and zone is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def named_zone(name: str | None) -> tzinfo | None:
    """An abbreviation such as BST, or an IANA name such as Europe/London."""
    if not name:
        return None
    if (minutes := ABBREVIATIONS.get(name.upper())) is not None:
        return timezone(timedelta(minutes=minutes)) if minutes else UTC
    try:
        return ZoneInfo(BY_SEASON.get(name.upper(), name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _from_iso(text: str) -> datetime | None:
    if (found := _ISO.match(text)) is None:
        return None
    try:
        naive = datetime.fromisoformat(f"{found['date']}T{found['time']}")
    except ValueError:
        return None
    zone = _zone(found["zone"])
    return naive.replace(microsecond=int((found["part"] or "0").ljust(6, "0")[:6]), tzinfo=zone)


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written[0] not in "+-":
        return named_zone(written)
    digits = written[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes)) if minutes < 24 * 60 else None


def _spelt(text: str) -> datetime | None:
    for pattern in _SPELT:
        if (found := pattern.fullmatch(text)) is None:
            continue
        at, month = _time_of(found), found["month"].casefold()[:3]
        if at is None or month not in MONTHS or (found["minute"] is None and found["half"] is None):
            continue
        try:
            day = datetime(int(found["year"]), MONTHS.index(month) + 1, int(found["day"]))  # noqa: DTZ001 (made aware by whoever knows the zone)
        except ValueError:
            continue
        return datetime.combine(day, at, named_zone(found["zone"]))
    return None


def _from_mail_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text[:1].isalpha() and "," in text[:12] else None
    except (ValueError, TypeError, OverflowError):
        return None


def _time_of(found: re.Match[str]) -> time | None:
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    try:
        return time(hour, int(found["minute"] or 0))
    except ValueError:
        return None


def _from_epoch(number: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(number / 1000 if abs(number) > EPOCH_MILLISECONDS else number, UTC)
    except (OverflowError, ValueError, OSError):
        return None
