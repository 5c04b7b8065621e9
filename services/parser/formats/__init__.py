"""Every format that we read, in one table: each takes a page and says what it found, or None."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from services.parser.document import Document
from services.parser.formats.guardian import read_guardian
from services.parser.formats.jsonld import read_jsonld
from services.parser.formats.sourcefabric import read_sourcefabric
from services.parser.formats.textcapture import read_text_capture
from shared.records import Page

Reader = Callable[[Document], Page | None]

FORMATS: MappingProxyType[str, Reader] = MappingProxyType(
    {
        "jsonld": read_jsonld,
        "guardian": read_guardian,
        "sourcefabric": read_sourcefabric,
        "text": read_text_capture,
    }
)
"""In the order in which they are asked."""
