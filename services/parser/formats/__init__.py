"""Every format that we read, in one table: each takes a page and says what it found, or None."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from services.parser.document import Document
from services.parser.formats.aljazeera import read_aljazeera
from services.parser.formats.amp import read_amp
from services.parser.formats.automattic import read_automattic
from services.parser.formats.automattic_api import read_automattic_api
from services.parser.formats.bbc import read_bbc
from services.parser.formats.cnn import read_cnn
from services.parser.formats.express import read_express
from services.parser.formats.feeds import read_feed
from services.parser.formats.guardian import read_guardian
from services.parser.formats.guardianpage import read_guardian_page
from services.parser.formats.jsonfeed import read_json_feed
from services.parser.formats.jsonld import read_jsonld
from services.parser.formats.marks import read_marks
from services.parser.formats.microdata import read_microdata
from services.parser.formats.posts import read_posts
from services.parser.formats.reach import read_reach
from services.parser.formats.repubblica import read_repubblica
from services.parser.formats.sourcefabric import read_sourcefabric
from services.parser.formats.state import read_state
from services.parser.formats.structure import read_structure
from services.parser.formats.textcapture import read_text_capture
from services.parser.readings import Reading

Reader = Callable[[Document], Reading | None]

FORMATS: MappingProxyType[str, Reader] = MappingProxyType(
    {
        "guardian": read_guardian,
        "bbc": read_bbc,
        "aljazeera": read_aljazeera,
        "sourcefabric": read_sourcefabric,
        "automattic-api": read_automattic_api,
        "feed": read_feed,
        "state": read_state,
        "jsonfeed": read_json_feed,
        "jsonld": read_jsonld,
        "microdata": read_microdata,
        "reach": read_reach,
        "express": read_express,
        "repubblica": read_repubblica,
        "cnn": read_cnn,
        "amp": read_amp,
        "automattic": read_automattic,
        "guardianpage": read_guardian_page,
        "marks": read_marks,
    }
)
"""All are asked, and what they say is merged; the first that speaks says which entries there are."""

FALLBACKS: MappingProxyType[str, Reader] = MappingProxyType(
    {"posts": read_posts, "text": read_text_capture, "structure": read_structure}
)
"""Asked in turn where none of the others finds a live blog; the first that does speaks alone."""
