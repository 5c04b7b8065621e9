"""What of an entry is compared with others, and under which marks it is found again."""

from __future__ import annotations

import re
from hashlib import blake2b
from zlib import crc32

from msgspec import Struct

from shared.messages import Enrichment, enrichment_text
from shared.records import Entry

WORDS = 240
"""So many words of an entry are compared."""
LEAD_WORDS = 40
SHINGLE = 4
"""Words in a row that make one shingle."""
SKETCH = 16
"""The smallest shingles of an entry: under these it is found. A text and half of it share eight."""
NAMES = 6
FEWEST_WORDS = 6
"""Fewer say too little to be told from others."""

TIMES = frozenset({"second", "minute", "hour", "day", "week", "month", "year", "time"})
"""Two stories may have these in common by chance."""
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+", re.UNICODE)


class Marks(Struct, frozen=True, array_like=True, gc=False):
    """`at` in epoch seconds; `shingles` as CRC-32; `lead` in lower case; `names` of people and organisations; `places`
    by GeoNames id, or by name where they have none; `figures` as value and what is counted."""

    source: str
    at: float
    shingles: frozenset[int]
    lead: str
    names: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    figures: frozenset[str] = frozenset()
    story: str = ""


class Story(Struct, frozen=True):
    """`sources`: how many have it."""

    id: str
    sources: int


def marks_of(source: str, entry: Entry, about: Enrichment, at: float) -> Marks:
    words = [word.lower() for word in _WORD.findall(enrichment_text(entry)[: WORDS * 12])[:WORDS]]
    return Marks(
        source=source,
        at=at,
        shingles=_shingles(words),
        lead=" ".join(words[:LEAD_WORDS]),
        names=frozenset(one.name.rpartition(" ")[2].lower() for one in (*about.people, *about.organisations)),
        places=frozenset(str(place.geoname_id or place.name.lower()) for place in about.places),
        figures=frozenset(
            f"{figure.value:g} {figure.of or figure.unit}" for figure in about.figures if figure.value > 1
        ),
    )


def found_under(marks: Marks) -> list[bytes]:
    """The fields of the index: the smallest shingles, and each figure or name at a place."""
    fields = [b"s%08x" % shingle for shingle in sorted(marks.shingles)[:SKETCH]]
    named = sorted(marks.figures)[:NAMES] + sorted(marks.names)[:NAMES]
    pairs = [f"{place}\x1f{name}" for place in sorted(marks.places)[:NAMES] for name in named]
    return fields + [b"n%08x" % crc32(pair.encode()) for pair in pairs[: 2 * NAMES]]


def reference(source: str, entry: str) -> bytes:
    """An entry's name in the index: 10 bytes."""
    return blake2b(f"{source}\x1f{entry}".encode(), digest_size=10).digest()


def own_story(name: bytes) -> str:
    """The id of the story that begins with the entry of this reference: any replica makes the same."""
    return f"sty_{name.hex()}"


def _shingles(words: list[str]) -> frozenset[int]:
    if len(words) < FEWEST_WORDS:
        return frozenset()
    return frozenset(crc32(" ".join(words[at : at + SHINGLE]).encode()) for at in range(len(words) - SHINGLE + 1))
