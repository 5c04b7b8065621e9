"""The gazetteer's file: fixed-width columns of places, a hash table of names, the names' entries. All little-endian.

    magic, u32 length of the header, header (JSON: section → [offset, bytes], "countries", "divisions"), sections

A name's entry: u8 length of its key, key (UTF-8, folded), u8 the most words of any name that begins with this key's
words, u8 count, then that many u32 postings: place index << 4 | flags.
"""

from __future__ import annotations

from typing import Final, Literal

MAGIC = b"LBGAZ006"
FLOATS: tuple[str, ...] = ("lat", "lon")
"""Columns of f32; of the others see below."""
INTEGERS: dict[str, Literal["I", "H", "B"]] = {
    "id": "I",
    "population": "I",
    "country": "H",
    "division": "H",
    "kind": "B",
}
FLAG_BITS = 4


class Kind:
    """Plain integers: they are compared for every candidate of every name."""

    COUNTRY: Final = 1
    AREA: Final = 2
    """A continent or a stretch of the world above countries."""
    DIVISION: Final = 3
    """A first-level division: a state, province, oblast."""
    REGION: Final = 4
    """A county or a stretch of a country."""
    CAPITAL: Final = 5
    CITY: Final = 6
    WATER: Final = 7
    MOUNTAINS: Final = 8


class Flag:
    """Bits of a posting."""

    OTHER: Final = 1
    """Not the place's usual name."""
    DEMONYM: Final = 2
    ABBREVIATION: Final = 4
    """Names the place only behind a town's: "Mobile, Ala."."""
    ACRONYM: Final = 8
    """Only in capitals: "US", never "us"."""


def slot_of(hash_: int, slots: int) -> int:
    return hash_ & (slots - 1)
