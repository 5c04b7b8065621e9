"""What is left of a JSON-LD listing that is cut, closes its script too soon, or is broken in one of its entries."""

from __future__ import annotations

import json
import re
from typing import Any

from services.parser.document import Document, read_json
from services.parser.limits import ENTRIES

_UPDATES = '"liveBlogUpdate"'
_TELLING = 500
"""So many characters of a script tell where it stands in the page."""
_UPDATE = re.compile(r'\{(?=\s*"@(?:type|id|context)"\s*:)')
_KIND = re.compile(r'"@type"\s*:\s*"[^"]{0,40}LiveBlogPosting"')
_value = json.JSONDecoder(strict=False).raw_decode


def saved(source: str, document: Document) -> dict[str, Any] | None:
    """A posting with the entries that are whole, and with its own fields where they stand before them. `source` is what
    the tree takes for the script: the page's text goes on behind a "</script>" inside a string."""
    start = document.text.find(source[:_TELLING])
    text = document.text[start:] if start >= 0 else source
    if (other := text.find("ld+json", len(source))) >= 0:
        text = text[:other]
    head, _, listed = text.partition(_UPDATES)
    updates: list[object] = []
    at = 0
    while len(updates) < ENTRIES and not document.is_late and (found := _UPDATE.search(listed, at)):
        try:
            value, at = _value(listed, found.start())
            updates.append(value)
        except (ValueError, RecursionError):
            at = found.end()
    posts = [update for update in updates if isinstance(update, dict) and _is_update(update)]
    return {**_head(head), "liveBlogUpdate": posts} if posts else None


def _is_update(value: dict[str, Any]) -> bool:
    return "Posting" in str(value.get("@type")) and bool({"articleBody", "headline", "datePublished"} & value.keys())


def _head(text: str) -> dict[str, Any]:
    """The fields of the posting that stand before its entries; none where they are damaged themselves."""
    kind = _KIND.search(text)
    begins = text.rfind("{", 0, kind.start()) if kind else -1
    value = read_json(f"{text[begins:].rstrip().rstrip(',')}}}") if begins >= 0 else None
    return value if isinstance(value, dict) else {}
