"""The gazetteer: a file built once, mapped read-only, and looked up without being parsed."""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from services.enricher.places.format import FLAG_BITS, FLOATS, INTEGERS, MAGIC, slot_of
from services.enricher.places.weigh import prominence, weight
from services.enricher.text import fold

_CACHED = 50_000
"""Names whose answers are kept at hand; then the cache starts anew."""


class GazetteerError(Exception):
    """The file is no gazetteer of this version."""


class Posting(NamedTuple):
    """One of the places that bear a name."""

    weight: float
    """See weigh.weight; a name's postings come by falling weight."""
    prominence: float
    place: int
    flags: int
    kind: int
    country: str | None
    division: str


class Answer(NamedTuple):
    longest: int
    """The most words of any name that begins with these; 0 where none does."""
    postings: tuple[Posting, ...]


_NOTHING = Answer(0, ())


class Gazetteer:
    """Places by name. A place is an index into the columns `lat`, `lon`, `id`, `population`, `kind`, …"""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[: len(MAGIC)] != MAGIC:
            raise GazetteerError(f"{path} is no gazetteer of this version: delete it, it is built anew.")
        (length,) = struct.unpack_from("<I", self._map, len(MAGIC))
        header = json.loads(self._map[len(MAGIC) + 4 : len(MAGIC) + 4 + length])
        whole = memoryview(self._map)
        sections = {name: whole[at : at + size] for name, (at, size) in header["sections"].items()}
        self.lat, self.lon = (sections[name].cast("f") for name in FLOATS)
        columns = {name: sections[name].cast(code) for name, code in INTEGERS.items()}
        self.id, self.population, self.kind = columns["id"], columns["population"], columns["kind"]
        self._country, self._division = columns["country"], columns["division"]
        self.countries: list[str] = header["countries"]
        self.divisions: list[str] = header["divisions"]
        self._slots = sections["slots"].cast("I")
        self._slot_count = len(self._slots) // 2
        self._entries = sections["entries"]
        self._cache: dict[str, Answer] = {}
        self._words: dict[str, tuple[str, Answer]] = {}

    def country(self, place: int) -> str | None:
        return self.countries[self._country[place]] or None

    def look_up(self, key: str) -> Answer:
        """What bears the folded name `key`, the most prominent place first."""
        answer = self._cache.get(key)
        if answer is None:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            answer = self._cache[key] = self._find(key.encode())
        return answer

    def look_up_word(self, word: str) -> tuple[str, Answer]:
        """(its key, what bears it) of a word as it is written."""
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _CACHED:
                self._words.clear()
            key = fold(word)
            known = self._words[word] = (key, self.look_up(key))
        return known

    def _find(self, key: bytes) -> Answer:
        hash_ = zlib.crc32(key)
        slots, count, entries, size = self._slots, self._slot_count, self._entries, len(key)
        slot = slot_of(hash_, count)
        while (at := slots[2 * slot + 1]) != 0:
            if slots[2 * slot] == hash_ and entries[at] == size and entries[at + 1 : at + 1 + size] == key:
                return self._answer(at + 1 + size)
            slot = (slot + 1) % count
        return _NOTHING

    def _answer(self, at: int) -> Answer:
        longest, count = self._entries[at], self._entries[at + 1]
        values = struct.unpack_from(f"<{count}I", self._entries, at + 2)
        postings = sorted((self._posting(value) for value in values), key=lambda p: (-p.weight, p.place))
        return Answer(longest, tuple(postings))

    def _posting(self, value: int) -> Posting:
        place, flags = value >> FLAG_BITS, value & ((1 << FLAG_BITS) - 1)
        kind, population = self.kind[place], self.population[place]
        return Posting(
            weight(kind, population, flags),
            prominence(kind, population, flags),
            place,
            flags,
            kind,
            self.country(place),
            self.divisions[self._division[place]],
        )
