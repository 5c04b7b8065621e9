"""Numbers that a text states, normalised: what they count, casualties, money, shares, distances, magnitudes, times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from services.enricher.tables import rows
from services.enricher.text import MAX_ANALYSED
from shared.messages import Figure

MOST = 100
"""Figures of one entry: a table of results is no news of its own."""
_CURRENCIES = {
    "$": "USD",
    "£": "GBP",
    "€": "EUR",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
    "₺": "TRY",
}
_DOLLARS = {
    "US": "USD",
    "A": "AUD",
    "AU": "AUD",
    "C": "CAD",
    "CA": "CAD",
    "NZ": "NZD",
    "HK": "HKD",
    "S": "SGD",
    "R": "BRL",
}
_COMMA_DECIMALS = frozenset(
    "de fr es it pt nl sv no nb da fi pl cs sk ro hu tr id ru uk bg el hr sr sl lt lv et".split()
)
_WORDS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3, "тысяч": 1e3, "тысячи": 1e3, "тыс": 1e3,
    "тисяч": 1e3,
    "million": 1e6, "millions": 1e6, "m": 1e6, "mn": 1e6, "mln": 1e6, "millionen": 1e6, "mio": 1e6, "millones": 1e6,
    "milioni": 1e6, "milhões": 1e6, "миллионов": 1e6, "миллиона": 1e6, "млн": 1e6, "мільйонів": 1e6,
    "billion": 1e9, "billions": 1e9, "bn": 1e9, "b": 1e9, "milliarden": 1e9, "milliards": 1e9, "miliardi": 1e9, "mrd": 1e9,
    "миллиардов": 1e9, "млрд": 1e9, "мільярдів": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12,
}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<money>(?:\b(?:US|AU|CA|NZ|HK|[ACSR]))?\$|[£€¥₹₽₴₪₺])?\s?"
    r"(?<![\w.,])(?<!\w-)(?P<digits>\d{1,3}(?:[,.'’ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?)(?![\d])"
    r"|\b(?P<word>(?:"
    + _TENS
    + r")(?:-(?:one|two|three|four|five|six|seven|eight|nine))?|"
    + "|".join(_WORDS)
    + r"|a dozen|a hundred|a thousand)\b(?!-)",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"[\s-]?(" + "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True)) + r")\b\.?", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s?([ap])\.?m\b\.?|(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?![\d:])",
    re.IGNORECASE,
)
_MAGNITUDE = re.compile(
    r"\bmagnitude(?: of| was| is|-)?[\s-]?(\d(?:\.\d)?)|\b(\d(?:\.\d)?)[\s-]magnitude\b|\b(\d\.\d)(?: on the)? Richter",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.?\s*$|\b(?:janv|févr|avr|juin|juil|août|déc|enero|marzo|januar|februar|märz|mai|juni|juli)\w*\s*$",
    re.IGNORECASE,
)
_MONTH_AFTER = re.compile(
    r"^(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\b", re.IGNORECASE
)
_AGE = re.compile(r"^[\s-]years?[\s-]olds?\b")
_ORDINAL = re.compile(r"^(?:st|nd|rd|th)\b")
_OF_TOTAL = re.compile(r"^ (?:out )?of (?:the |some |about |a total of )?(\d[\d,.]*) ")
_NOUN = re.compile(r"[\s-]([^\W\d_][\w'’-]*)")
_QUALIFIER = r"(?:(?:at least|more than|over|about|around|some|up to|nearly|almost|an estimated|as many as|the|to|rises? to|rose to|risen to|has risen to|climbs to|reached|reaches|at|of|stands at|now|least|another|:)\s*)*"
_STOPS = frozenset(
    "of in at on from were was have has had are is be been and or but by to with after before who that which whom will would "
    "over near as for during including killed injured wounded dead died said says than the a an his her its their more per "
    "each against since until when while because if so not could may might should can into out up down off about around "
    "under between among within without across through then also so-called last next this these those ago later earlier "
    "injuring killing wounding missing arrested detained evacuated according it he she they we i you".split()
)
_MOST_NOUN_WORDS = 3


class _Unit(NamedTuple):
    unit: str
    factor: float


class _Tables(NamedTuple):
    units: dict[str, _Unit]
    unit: re.Pattern[str]
    after: tuple[tuple[str, re.Pattern[str]], ...]
    before: tuple[tuple[str, re.Pattern[str]], ...]


@cache
def _tables() -> _Tables:
    units = {word: _Unit(unit, float(factor)) for unit, factor, field in rows("units.tsv") for word in field.split(";")}
    ordered = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    after, before = [], []
    for unit, where, field in rows("casualties.tsv"):
        any_of = "|".join(sorted(map(re.escape, field.split(";")), key=len, reverse=True))
        if where == "after":
            after.append((unit, re.compile(r"^(?:[^\d.;:!?,\n]{0,45}?[\s(-])?(?:" + any_of + r")\b", re.IGNORECASE)))
        else:
            before.append((unit, re.compile(r"\b(?:" + any_of + r")\s+" + _QUALIFIER + r"$", re.IGNORECASE)))
    return _Tables(units, re.compile(r"[\s-]?(" + ordered + r")(?!\w)", re.IGNORECASE), tuple(after), tuple(before))


def find_figures(text: str, language: str | None = None) -> list[Figure]:
    """The figures in order. `language` tells which separator marks decimals."""
    text = text[:MAX_ANALYSED]
    special = [*_magnitudes(text), *_clocks(text)]
    taken = [(figure.start, figure.end) for figure in special]
    found: list[Figure] = list(special)
    for match in _NUMBER.finditer(text):
        if len(found) >= MOST:
            break
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        figure = _figure(text, match, language)
        if figure is not None:
            found.append(figure)
    return sorted(found, key=lambda figure: figure.start)


def _figure(text: str, match: re.Match[str], language: str | None) -> Figure | None:
    start = match.start("money") if match["money"] else match.start("word" if match["word"] else "digits")
    end = match.end()
    value = _WORDS_VALUE(match["word"]) if match["word"] else _value(match["digits"], language)
    if value is None:
        return None
    scale = _SCALE.match(text, end)
    if scale is not None and _scales(scale, match):
        value *= _SCALES[scale[1].lower()]
        end = scale.end()
    if match["money"]:
        return _made(text, start, end, value, _currency(match["money"]))
    rest = text[end : end + 60]
    if (counted := _unit_after(text, start, end, value, rest)) is not None:
        return counted
    if _is_date(text, match, rest) or _ORDINAL.match(rest):
        return None
    of, noun_end = _noun(text, end)
    total = _OF_TOTAL.match(rest)
    if total is not None:
        of, noun_end = _noun(text, end + total.end() - 1)
        noun_end = end
    casualty = _casualty(text, start, rest)
    if casualty is not None and (of is not None or casualty in ("dead", "injured", "missing")):
        return _made(text, start, end, value, casualty, of)
    if of is None or (match["word"] and value <= 1) or not _plural(of):
        return None
    return _made(text, start, noun_end if total is None else end, value, "count", of)


def _WORDS_VALUE(word: str) -> float | None:
    lower = word.lower()
    if lower in ("a dozen", "a hundred", "a thousand"):
        return {"a dozen": 12.0, "a hundred": 100.0, "a thousand": 1000.0}[lower]
    return float(sum(_WORDS[part] for part in lower.split("-")))


def _value(digits: str, language: str | None) -> float | None:
    """The number that the digits write; by the language where "1.234" could be either."""
    plain = re.sub(r"['’ \u00a0\u202f]", "", digits)
    comma, dot = plain.rfind(","), plain.rfind(".")
    decimals_by_comma = language in _COMMA_DECIMALS
    if comma >= 0 and dot >= 0:
        decimal = max(comma, dot)
        plain = re.sub(r"[.,]", "", plain[:decimal]) + "." + plain[decimal + 1 :]
    elif comma >= 0 or dot >= 0:
        mark = "," if comma >= 0 else "."
        groups = plain.split(mark)
        grouped = all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3 and groups[0] != "0"
        thousands = grouped and (len(groups) > 2 or (mark == ",") != decimals_by_comma)
        plain = "".join(groups) if thousands else ".".join((groups[0], "".join(groups[1:])))
    try:
        return float(plain)
    except ValueError:
        return None


def _scales(scale: re.Match[str], match: re.Match[str]) -> bool:
    """Whether a single letter scales: "$5m" and "£3bn" do, "5 m" is metres and "3b" a flat."""
    letter = scale[1].lower()
    return (
        len(letter) > 1
        or (bool(match["money"]) and not scale[0].startswith(" "))
        or (letter == "k" and scale[0] == scale[1])
    )


def _currency(mark: str) -> str:
    return _CURRENCIES.get(mark) or _DOLLARS.get(mark.rstrip("$"), "USD")


def _unit_after(text: str, start: int, end: int, value: float, rest: str) -> Figure | None:
    tables = _tables()
    if (age := _AGE.match(rest)) is not None:
        return _made(text, start, end + age.end(), value, "year", "age")
    unit = tables.unit.match(text, end)
    if unit is None:
        return None
    word, separated = unit[1], unit[0] != unit[1]
    if len(word) == 1 and word not in "%m" and not (word in "CF" and text[end : end + 1] == "°"):
        return None
    if word in ("c", "f", "m", "M") and word != "m":
        return None
    if text[end : end + 1] == "-" and word.lower() not in (
        "mile",
        "kilometre",
        "kilometer",
        "km",
        "metre",
        "meter",
        "foot",
        "day",
        "hour",
        "minute",
        "week",
        "month",
        "year",
        "pound",
        "ton",
        "tonne",
        "acre",
        "hectare",
    ):
        return None
    known = tables.units[word.lower()]
    del separated
    return _made(text, start, unit.end(), value * known.factor, known.unit)


def _is_date(text: str, match: re.Match[str], rest: str) -> bool:
    digits = match["digits"]
    if not digits:
        return False
    if _MONTH_AFTER.match(rest) or _MONTH.search(text[max(0, match.start("digits") - 12) : match.start("digits")]):
        return True
    return len(digits) == 4 and digits.isdigit() and 1500 <= int(digits) <= 2100


def _noun(text: str, at: int) -> tuple[str | None, int]:
    """What is counted: up to three words behind the number, to the first that ends a phrase."""
    words: list[str] = []
    end = at
    while len(words) < _MOST_NOUN_WORDS:
        match = _NOUN.match(text, end)
        if match is None or match[1].lower() in _STOPS:
            break
        words.append(match[1])
        end = match.end()
        if _plural(match[1]) and not text[end : end + 1] == "-":
            following = _NOUN.match(text, end)
            if following is None or not _plural(following[1]) or following[1].lower() in _STOPS:
                break
    return (" ".join(words), end) if words else (None, at)


def _plural(words: str) -> bool:
    last = words.rsplit(" ", 1)[-1].lower()
    return (last.endswith("s") and not last.endswith(("ss", "us", "is"))) or last in _PLURALS


_PLURALS = frozenset(
    "people men women children police personnel troops crew staff cattle fish aircraft dead wounded injured missing personen menschen personnes personas persone pessoas человек людей осіб".split()
)


def _casualty(text: str, start: int, rest: str) -> str | None:
    """ "dead", "injured" … by the nearest word before the number, else by the words behind it."""
    before = text[max(0, start - 60) : start]
    tables = _tables()
    for unit, pattern in tables.before:
        match = pattern.search(before)
        if match is not None:
            word = match[0].lower()
            if word.startswith(("left", "leaving", "claimed")) and not re.match(
                r"^[^.,;\d]{0,30}\bdead\b|^[^.,;\d]{0,20}\blives\b", rest
            ):
                continue
            return unit
    best: tuple[int, str] | None = None
    for unit, pattern in tables.after:
        match = pattern.match(rest)
        if match is not None and (best is None or match.end() < best[0]):
            best = (match.end(), unit)
    return best[1] if best else None


def _magnitudes(text: str) -> Iterator[Figure]:
    for match in _MAGNITUDE.finditer(text):
        value = next(group for group in match.groups() if group)
        yield _made(text, match.start(), match.end(), float(value), "magnitude")


def _clocks(text: str) -> Iterator[Figure]:
    """Times of day, in hours since midnight."""
    for match in _CLOCK.finditer(text):
        hour, minute, half, hour24, minute24 = match.groups()
        if half is not None:
            if not 1 <= int(hour) <= 12:
                continue
            value = int(hour) % 12 + (12 if half in "pP" else 0) + int(minute or 0) / 60
        else:
            value = int(hour24) + int(minute24) / 60
        yield _made(text, match.start(), match.end(), round(value, 4), "time")


def _made(text: str, start: int, end: int, value: float, unit: str, of: str | None = None) -> Figure:
    return Figure(text=text[start:end], start=start, end=end, value=float(f"{value:.10g}"), unit=unit, of=of)
