"""What msgspec finds wrong with a value, as a sentence that says what to send instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
_KINDS = {
    "int": "a whole number", "float": "a number", "str": "text", "bool": "true or false", "null": "null",
    "array": "a list", "object": "an object", "datetime": "a time of RFC 3339",
}  # fmt: skip
_BOUNDS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}
_UNITS = {"str": "characters", "array": "items", "object": "keys"}
Found: TypeAlias = re.Match[str]


def worded(what: str, allowed: tuple[str, ...] = ()) -> str:
    """`what` as msgspec says it, without a stop at the end; `allowed` is what a tagged union's `type` may be."""
    if allowed and what.startswith("Invalid value "):
        return f"{what.removeprefix('Invalid value ')} is none of {', '.join(allowed)}: send one of these"
    for pattern, told in _SAID:
        if found := pattern.fullmatch(what):
            return told(found)
    return what


def _kinds(told: str) -> str:
    return " or ".join(_KINDS.get(kind.strip(), f"`{kind.strip()}`") for kind in told.split("|"))


def _unknown(found: Found) -> str:
    return f"there is no field `{found[1]}`: leave it out, /openapi.json lists those there are"


def _bounded(found: Found) -> str:
    return f"send {_kinds(found[1])} of {_BOUNDS[found[2]]} {found[3].removesuffix('.0')}"


def _matching(found: Found) -> str:
    return (
        "send a time of day of 24 hours, such as 22:30" if found[1] == CLOCK else f"send text that matches {found[1]}"
    )


_SAID: tuple[tuple[re.Pattern[str], Callable[[Found], str]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), told)
    for pattern, told in (
        ("Object contains unknown field `(.*)`", _unknown),
        ("Object missing required field `(.*)`", lambda found: f"the field `{found[1]}` is missing: add it"),
        (r"Expected `([\w |]+)`, got `([\w |]+)`", lambda found: f"send {_kinds(found[1])}, not {_kinds(found[2])}"),
        (r"Expected `(int|float)` (<=|>=|<|>) (\S+)", _bounded),
        (r"Expected `(str|array|object)` of length (<=|>=) (\d+)",
         lambda found: f"send {_BOUNDS[found[2]]} {found[3]} {_UNITS[found[1]]}"),
        ("Expected `str` matching regex '(.*)'", _matching),
        ("Invalid RFC3339 encoded datetime", lambda _: "send a time of RFC 3339, such as 2026-01-31T12:00:00Z"),
    )
)  # fmt: skip
