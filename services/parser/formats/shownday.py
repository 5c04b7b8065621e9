"""A day as a heading between entries shows it: "Friday 5 March", "March 5, 2026"."""

from __future__ import annotations

import re
from datetime import date

from services.parser.times import MONTHS

_LONGEST = 40
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? |(?:mon|tue|wed|thu|fri|sat|sun),? )?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_YEAR = r"(?:,? (?P<year>20[0-9]{2}))?"
_DAYS = (
    re.compile(rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|\.)? {_MONTH}{_YEAR}", re.IGNORECASE),
    re.compile(rf"{_WEEKDAY}{_MONTH} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?{_YEAR}", re.IGNORECASE),
)


def day_of(text: str, latest: date) -> date | None:
    """The day that a line names and nothing else; without a year, the last such day that is not after `latest`."""
    if not 4 < len(text) <= _LONGEST:
        return None
    said = " ".join(text.split())
    for pattern in _DAYS:
        if (found := pattern.fullmatch(said)) and found["month"].casefold()[:3] in MONTHS:
            month, day = MONTHS.index(found["month"].casefold()[:3]) + 1, int(found["day"])
            years = (int(found["year"]),) if found["year"] else (latest.year, latest.year - 1)
            return next((known for year in years if (known := _date(year, month, day)) and known <= latest), None)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
