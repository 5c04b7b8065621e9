"""`livebell enrich`: lines of entries in, the same entries with what they are about out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

import msgspec

from services.enricher.stories.memory import RememberedStories
from shared.messages import Enrichment
from shared.records import Blog, Entry

MOST_LINE_BYTES = 10_000_000
_decoder = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()
T = TypeVar("T")


class LineError(Exception):
    """A line that is no entry: the message names it and says how to mend it."""


class Enricher(Protocol):
    def enrich(self, entry: Entry, blog: Blog | None = None) -> Enrichment: ...


def enrich_lines(lines: Iterable[bytes], enricher: Enricher) -> Iterator[bytes]:
    """Each entry's line with the enrichment's keys added; a blog's line is passed on and holds for what follows.

    Of an entry only `id` and `text` are required; keys that are not ours are kept. Raises LineError.
    """
    blog: Blog | None = None
    stories = RememberedStories()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > MOST_LINE_BYTES:
            raise LineError(f"Line {number} has more than {MOST_LINE_BYTES} bytes. Split it into entries.")
        values = _values(number, line)
        if values.get("type") == "blog":
            blog = _convert(number, values, Blog)
            yield line.rstrip(b"\r\n")
            continue
        entry = _entry(number, values)
        about = enricher.enrich(entry, blog)
        at = entry.published_at.timestamp() if entry.published_at else 0.0
        story = stories.join(blog.url or "" if blog else "", entry, about, at)
        about = msgspec.structs.replace(about, story_id=story.id, story_sources=story.sources)
        yield _encoder.encode({**values, **msgspec.to_builtins(about)})


def _values(number: int, line: bytes) -> dict[str, Any]:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LineError(
            f"Line {number} is no JSON object ({error}). Write one entry a line, as `livebell parse` prints it."
        ) from error


def _entry(number: int, values: dict[str, Any]) -> Entry:
    for key in ("id", "text"):
        if not isinstance(values.get(key), str):
            raise LineError(f'Line {number} has no "{key}" of type string. Give every entry an "id" and a "text".')
    return _convert(number, values, Entry)


def _convert(number: int, values: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert({"url": None} | {key: value for key, value in values.items() if value is not None}, kind)
    except msgspec.ValidationError as error:
        what = "blog" if kind is Blog else "entry"
        raise LineError(f"Line {number} is no {what}: {error}. Mend that key or leave it out.") from error
