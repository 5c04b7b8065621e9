"""Numbers that a text states, normalised: what they count, casualties, money, shares, distances, magnitudes, times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from services.enricher.figures.numbers import DIGITS, WORDS, currency_before, in_our_digits, of_people, scaled, value_of
from services.enricher.figures.units import are_people, harm, is_plural, noun_after, unit_after
from services.enricher.text import MAX_ANALYSED, Word
from shared.messages import Figure

MOST = 100
"""Figures of one entry: a table of results is no news of its own."""
_BEHIND = 60
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s?([ap])(?:\.m\b\.?|m\b)|([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?![\d:])",
    re.IGNORECASE,
)
_MAGNITUDE_BEFORE = re.compile(r"magnitude(?: of| was| is|-)?[\s-]?$", re.IGNORECASE)
_MAGNITUDE_AFTER = re.compile(r"[\s-]magnitude\b|(?: on the)? Richter\b", re.IGNORECASE)
_MONTH_BEFORE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|févr|avr|juin|juil|août|déc|ene|mai|juni|juli|okt|dez)"
    r"[a-z]{0,6}\.?\s*$",
    re.IGNORECASE,
)
_MONTH_AFTER = re.compile(
    r"^(?:st|nd|rd|th)?\.?\s+(?:of\s+|de\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez|mai|avr|août)",
    re.IGNORECASE,
)
_A_SCALE = re.compile(
    r"\b(half )?an? (?=(?:hundred|thousand|million|billion|trillion|dozen|lakh|crore)\b)", re.IGNORECASE
)
_NO_ONE = re.compile(r"\b(?:no|some|any|every|each)[ -]$", re.IGNORECASE)
_PARTS = re.compile(r"^[- ](third|quarter|fifth|tenth)s?\b", re.IGNORECASE)
_PART = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_MINUS = re.compile(r"(?:\bminus |(?<!\w)[-−])$", re.IGNORECASE)
_MOST_DEGREES = 140
_ORDINAL = re.compile(r"^(?:st|nd|rd|th)\b")
_AGE = re.compile(r"^[\s-]years?[\s-]olds?\b")
_OF_TOTAL = re.compile(r"^ (?:out )?of (?:the |some |about |a total of )?\d[\d,.]*(?= )")


def find_figures(text: str, words: Sequence[Word], language: str | None = None) -> list[Figure]:
    """The figures in order. `language` tells which separator marks decimals."""
    written, text = text, in_our_digits(text[:MAX_ANALYSED])
    found: list[Figure] = []
    end = 0
    for start, stop, value in _numbers(text, words, language):
        if len(found) >= MOST:
            break
        if start < end:
            continue
        figure = _figure(text, start, stop, value)
        if figure is not None:
            found.append(figure)
            end = figure.end
    return found if written.startswith(text) else [replace(one, text=written[one.start : one.end]) for one in found]


def _numbers(text: str, words: Sequence[Word], language: str | None) -> Iterator[tuple[int, int, float | None]]:
    """(start, end, value) of every number, in order."""
    digits = [
        (match.start(), match.end(), value_of(match[0], language))
        for match in DIGITS.finditer(text, 0, MAX_ANALYSED)
        if _stands_free(text, match.start())
    ]
    spelt = [one for index, word in enumerate(words) if word.lower in WORDS for one in _spelt(text, words, index)]
    scales = [
        (match.start(), match.end() - 1, 0.5 if match[1] else 1.0) for match in _A_SCALE.finditer(text, 0, MAX_ANALYSED)
    ]
    yield from sorted([*digits, *spelt, *scales])


def _stands_free(text: str, start: int) -> bool:
    """Whether the number is one, not part of a name such as "F16", "Covid-19", "3.4.1", "9/11"."""
    before = text[start - 1 : start]
    if before in (".", ",") and text[start - 2 : start - 1].isdigit():
        return False
    if before in ("/", "_"):
        return False
    if before == "-" and text[start - 2 : start - 1].isalpha():
        return text[max(0, start - 10) : start].lower().endswith("magnitude-")
    return not before.isalnum() or currency_before(text, start) is not None


def _spelt(text: str, words: Sequence[Word], index: int) -> Iterator[tuple[int, int, float]]:
    """A number in words: "twelve", "twenty-one"; no "one" that is a pronoun's part."""
    word = words[index]
    if text[word.start - 1 : word.start] == "-":
        return
    value, end = float(WORDS[word.lower]), word.end
    if value == 1 and _NO_ONE.search(text, max(0, word.start - 6), word.start):
        return
    if value >= 20 and text[end : end + 1] == "-" and index + 1 < len(words):
        more = WORDS.get(words[index + 1].lower, 0)
        if 0 < more < 10:
            value, end = value + more, words[index + 1].end
    if value > 0:
        yield word.start, end, value


def _figure(text: str, start: int, end: int, value: float | None) -> Figure | None:
    if value is None:
        return None
    special = _clock(text, start) or _magnitude(text, start, end, value)
    if special is not None:
        return special
    money = currency_before(text, start)
    factor, end_of_scale = scaled(text, end, money=money is not None)
    if money is not None:
        return _made(text, money[1], end_of_scale, value * factor, money[0])
    rest = text[end_of_scale : end_of_scale + _BEHIND]
    if (parts := _PARTS.match(rest)) is not None and value < 10 and text[start].isalpha():
        share = round(100 * value / _PART[parts[1].lower()], 2)
        return _made(text, start, end_of_scale + parts.end(), share, "percent") if share <= 100 else None
    return _measured(text, start, end_of_scale, value * factor, rest) or (
        None
        if _is_date(text, start, end, rest) or _ORDINAL.match(rest)
        else _count(text, start, end_of_scale, value * factor, rest)
    )


def _measured(text: str, start: int, end: int, value: float, rest: str) -> Figure | None:
    if (age := _AGE.match(rest)) is not None:
        return _made(text, start, end + age.end(), value, "year", "age")
    unit = unit_after(text, end)
    if unit is None:
        return None
    if unit.name in ("°C", "°F"):
        if value > _MOST_DEGREES:
            return None
        if (minus := _MINUS.search(text, max(0, start - 6), start)) is not None:
            start, value = minus.start(), -value
    return _made(text, start, unit.end, value * unit.factor, unit.name)


def _count(text: str, start: int, end: int, value: float, rest: str) -> Figure | None:
    """People who came to harm, or things that are counted."""
    total = _OF_TOTAL.match(rest)
    of, noun_end = noun_after(text, end + total.end() if total else end)
    harmed = harm(text, start, rest)
    if harmed is not None or (of is not None and are_people(of)):
        whole = of_people(text[start:end], value)
        if whole is None:
            return None
        value = whole
    if harmed is not None and (of is not None or harmed in ("dead", "injured", "missing", "trapped")):
        return _made(text, start, end, value, harmed, of)
    if of is None or not is_plural(of) or (value == 1 and text[start:end].isalpha()):
        return None
    return _made(text, start, end if total else noun_end, value, "count", of)


def _clock(text: str, start: int) -> Figure | None:
    """A time of day, in hours since midnight."""
    match = _CLOCK.match(text, start)
    if match is None:
        return None
    hour, minute, half, hour24, minute24 = match.groups()
    if half is None:
        value = int(hour24) + int(minute24) / 60
    elif 1 <= int(hour) <= 12:
        value = int(hour) % 12 + (12 if half in "pP" else 0) + int(minute or 0) / 60
    else:
        return None
    return _made(text, start, match.end(), round(value, 4), "time")


def _magnitude(text: str, start: int, end: int, value: float) -> Figure | None:
    if value >= 11:
        return None
    before = _MAGNITUDE_BEFORE.search(text, max(0, start - 16), start)
    if before is not None:
        return _made(text, before.start(), end, value, "magnitude")
    after = _MAGNITUDE_AFTER.match(text, end)
    return _made(text, start, after.end(), value, "magnitude") if after is not None else None


def _is_date(text: str, start: int, end: int, rest: str) -> bool:
    if _MONTH_AFTER.match(rest) or _MONTH_BEFORE.search(text, max(0, start - 12), start):
        return True
    digits = text[start:end]
    return len(digits) == 4 and digits.isdigit() and 1500 <= int(digits) <= 2100


def _made(text: str, start: int, end: int, value: float, unit: str, of: str | None = None) -> Figure:
    return Figure(text=text[start:end], start=start, end=end, value=float(f"{value:.10g}"), unit=unit, of=of)
