"""The gazetteer's file: fixed-width columns of places, a hash table of names, the names' entries. All little-endian.

    magic, u32 length of the header, header (JSON: section → [offset, bytes], "countries", "divisions"), sections

A name's entry: u8 length of its key, key (UTF-8, folded), u8 the most words of any name that begins with this key's
words, u8 count, then that many u32 postings: place index << 4 | flags.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

MAGIC = b"LBGAZ006"
COLUMNS = {"lat": "f", "lon": "f", "id": "I", "population": "I", "country": "H", "division": "H", "kind": "B"}
FLAG_BITS = 4


class Kind(IntEnum):
    COUNTRY = 1
    AREA = 2
    """A continent or a stretch of the world above countries."""
    DIVISION = 3
    """A first-level division: a state, province, oblast."""
    REGION = 4
    """A county or a stretch of a country."""
    CAPITAL = 5
    CITY = 6
    WATER = 7
    MOUNTAINS = 8


class Flag(IntFlag):
    OTHER = 1
    """Not the place's usual name."""
    DEMONYM = 2
    ABBREVIATION = 4
    """Names the place only behind a town's: "Mobile, Ala."."""
    ACRONYM = 8
    """Only in capitals: "US", never "us"."""


def slot_of(hash_: int, slots: int) -> int:
    return hash_ & (slots - 1)
