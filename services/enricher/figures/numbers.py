"""Reading a number as a text writes it: in digits with any separators, in words, with a scale and a currency."""

from __future__ import annotations

import re
import unicodedata

COMMA_DECIMALS = frozenset(
    "de fr es it pt nl sv no nb da fi pl cs sk ro hu tr id ru uk bg el hr sr sl lt lv et".split()
)
"""Languages that write "1,5" for one and a half."""
CURRENCIES = {
    "$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "₹": "INR", "₽": "RUB", "₴": "UAH", "₪": "ILS", "₺": "TRY",
    "₦": "NGN", "₵": "GHS", "৳": "BDT", "₩": "KRW", "₱": "PHP",
}  # fmt: skip
_DOLLARS = {
    "US": "USD", "A": "AUD", "AU": "AUD", "C": "CAD", "CA": "CAD", "NZ": "NZD", "HK": "HKD", "S": "SGD", "R": "BRL",
}  # fmt: skip
SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
WORDS = {word: value for value, word in enumerate(SMALL)} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3, "тысяч": 1e3, "тысячи": 1e3,
    "тыс": 1e3, "тисяч": 1e3, "million": 1e6, "millions": 1e6, "m": 1e6, "mn": 1e6, "mln": 1e6, "millionen": 1e6,
    "mio": 1e6, "millones": 1e6, "milioni": 1e6, "milhões": 1e6, "миллионов": 1e6, "миллиона": 1e6, "млн": 1e6,
    "мільйонів": 1e6, "billion": 1e9, "billions": 1e9, "bn": 1e9, "b": 1e9, "milliarden": 1e9, "milliards": 1e9,
    "miliardi": 1e9, "mrd": 1e9, "миллиардов": 1e9, "млрд": 1e9, "мільярдів": 1e9, "trillion": 1e12, "tn": 1e12,
    "trn": 1e12, "lakh": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7, "dozen": 12,
}  # fmt: skip
DIGITS = re.compile(
    r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9,])"
    r"|[0-9](?:[0-9]{0,2}(?:[,.'’ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]{1,2})?(?![0-9])|[0-9]*(?:[.,][0-9]+)?)"
)
_SCALE = re.compile(
    r"[\s-]?(" + "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True)) + r")\b\.?", re.IGNORECASE
)
_MANY = re.compile(r" (?:people|residents|children|refugees|households|homes|customers|users|voters|jobs|barrels)\b")
"""What nobody measures in metres: "1.5m people"."""
_LETTERS = {
    "Rs": "INR", "Rs.": "INR", "KSh": "KES", "Ksh": "KES", "USh": "UGX", "TSh": "TZS", "RM": "MYR", "Rp": "IDR",
    "Tk": "BDT", "R": "ZAR", "N": "NGN", "GH₵": "GHS", "CHF": "CHF", "EUR": "EUR", "USD": "USD", "GBP": "GBP",
    "INR": "INR", "NOK": "NOK", "SEK": "SEK", "DKK": "DKK", "PLN": "PLN", "AED": "AED",
}  # fmt: skip
_IN_LETTERS = re.compile(
    rf"(?<![^\W_])({'|'.join(sorted(map(re.escape, _LETTERS), key=len, reverse=True))})[ \u00a0]?$"
)
_LARGE = re.compile(r"[0-9][0-9.,]*(?:,[0-9]{3}\b| ?(?:bn|billion|m|million|trillion)\b)")
"""What makes money of "R2.5bn" and no road: "R" and "N" count only before such."""
_LETTERED = re.compile(r"(?:\b(US|AU|CA|NZ|HK|[ACSR]))?\$\s?$")
_LAKHS = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
"""Digits as India groups them: 12,34,567."""
_FOREIGN = re.compile(r"(?![0-9])[\d٫٬]")
_SEPARATORS = re.compile(r"['’ \u00a0\u202f]")
_MOST_DIGITS = 20


def in_our_digits(text: str) -> str:
    """`text` of the same length, the digits of other scripts and wide ones as 0 to 9, their separators as ours."""
    found = {ord(digit) for digit in _FOREIGN.findall(text)} if not text.isascii() else set()
    return text.translate({code: _OURS.get(code) or str(unicodedata.decimal(chr(code))) for code in found})


_OURS = {ord("٫"): ".", ord("٬"): ","}


def value_of(digits: str, language: str | None) -> float | None:
    """The number that the digits write; by the language where "1.234" could be either.

    None beyond MOST_DIGITS, and for "000".
    """
    plain = _SEPARATORS.sub("", digits)
    if len(plain) > _MOST_DIGITS or plain.startswith("00"):
        return None
    if _LAKHS.fullmatch(plain):
        return float(plain.replace(",", ""))
    comma, dot = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and dot >= 0:
        decimal = max(comma, dot)
        whole = plain[:decimal].replace(",", "").replace(".", "")
        return float(f"{whole}.{plain[decimal + 1 :]}")
    if comma < 0 and dot < 0:
        return float(plain)
    mark = "," if comma >= 0 else "."
    groups = plain.split(mark)
    grouped = all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3 and groups[0] != "0"
    if grouped and (len(groups) > 2 or (mark == ",") != (language in COMMA_DECIMALS)):
        return float("".join(groups))
    return float(f"{groups[0]}.{''.join(groups[1:])}")


def of_people(written: str, value: float) -> float | None:
    """The number where people are counted, who come whole: "3.000" of them are never three, and "5,5" are none."""
    if _THOUSANDS.fullmatch(written):
        return float(re.sub("[.,]", "", written))
    return value if value.is_integer() else None


_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


def scaled(text: str, end: int, *, money: bool) -> tuple[float, int]:
    """(factor, where the scale ends): "5.2 million", "$3bn". A single letter scales money, "m" people too."""
    match = _SCALE.match(text, end)
    if match is None:
        return 1.0, end
    letter = match[1].lower()
    close = match.start(1) == end
    if len(letter) == 1 and not (
        close and (money or letter == "k" or (letter == "m" and _MANY.match(text, match.end())))
    ):
        return 1.0, end
    return _SCALES[letter], match.end(1)


def currency_before(text: str, start: int) -> tuple[str, int] | None:
    """(ISO 4217 code, where its sign begins) of the sign right before a number."""
    letters = _IN_LETTERS.search(text, max(0, start - 5), start)
    if letters is not None and (len(letters[1]) > 1 or (letters.end(1) == start and _LARGE.match(text, start))):
        return _LETTERS[letters[1]], letters.start()
    at = start - 1 if start and text[start - 1] not in " \u00a0" else start - 2
    sign = text[at : at + 1]
    if at < 0 or sign not in CURRENCIES:
        return None
    if sign == "$" and (match := _LETTERED.search(text, max(0, at - 3), start)) is not None:
        return _DOLLARS.get(match[1] or "US", "USD"), match.start()
    return CURRENCIES[sign], at
