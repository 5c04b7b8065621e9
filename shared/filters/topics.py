"""Which topic of the IPTC Media Topics lies within which: who asks for a disaster is told of an accident too."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec import Struct

_FILE = Path(__file__).parent / "data" / "topics.tsv"


class Known(Struct, frozen=True):
    """`broader` is the code of the topic around it, "" at the top."""

    code: str
    broader: str
    label: str


def around(code: str) -> Known | None:
    """The topic that a topic lies within; None at the top, and for a code that is not known."""
    topics = _known()
    found = topics.get(code)
    return topics.get(found.broader) if found else None


@cache
def _known() -> dict[str, Known]:
    lines = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {code: Known(code, broader, label) for code, broader, label in (line.split("\t") for line in lines)}
