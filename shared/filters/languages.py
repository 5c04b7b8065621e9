"""Languages by their codes in ISO 639, and which of them an entry may be told to be in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "languages.tsv"


def usual_code(code: str) -> str:
    """The code under which a language is known here, as `en` for `eng`; a code that is not known stays as it is."""
    return _usual().get(code, code)


def wider(code: str) -> str | None:
    """The language that ISO 639 counts another to, as `no` for `nn`."""
    return _wider().get(code)


def is_told(code: str) -> bool:
    """Whether an entry may be told to be in the language; it has its usual code."""
    return code in _wider()


@cache
def _wider() -> dict[str, str | None]:
    return {code: broader or None for code, broader, _ in _rows()}


@cache
def _usual() -> dict[str, str]:
    return {other: code for code, _, others in _rows() for other in others.split()}


@cache
def _rows() -> list[list[str]]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
