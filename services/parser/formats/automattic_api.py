"""What the endpoints of WordPress's Liveblog plugin (Automattic) answer.

An entry is a comment; an edit is a new comment that replaces it. Endpoints give both the same `id`, that of the first,
with the first's time as `entry_time` and the edit's as `timestamp`.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import urldefrag

import msgspec
from msgspec.structs import replace

from services.parser.clean import body, joined, plain_line
from services.parser.document import Document
from services.parser.formats.automattic import FROM_THE_START, PAGE
from services.parser.formats.dom import pictures, read_entry
from services.parser.limits import AUTHORS, BODY_TAGS, ENTRIES, MORE_PAGES, NAME_CHARACTERS
from services.parser.nodes import Node, nodes, text
from services.parser.readings import MODEL, Reading
from services.parser.tangles import is_tangled
from shared.records import Blog, Entry

_PAGED = re.compile(r"(?P<base>.*/get-entries/)(?P<page>[0-9]{1,6})/(?P<after>[^/?#]+)/?$")
_COMMAND = re.compile(r'<span class="liveblog-command (?P<kinds>[^"<>]{0,200})">[^<>]{0,100}</span>')
"""What an editor typed to mark an entry, as "/key": readers never see it."""
_TYPES = ("new", "update", "delete")


def read_automattic_api(document: Document) -> Reading | None:
    """An endpoint's answer: a page of the listing (newest first), or what happened between two moments (oldest first),
    deletions included. Complete where the listing's only page was asked for from its start."""
    answer = document.json
    if not isinstance(answer, dict) or not _is_answer(answer):
        return None
    entries: dict[str, Entry] = {}
    for node in nodes(answer["entries"])[:ENTRIES]:
        if document.is_late:
            break
        entry = _entry(node, document)
        if entry.id:
            entries[entry.id] = _later(entries.get(entry.id), entry)
    link = next((url for entry in entries.values() if (url := entry.url)), None)
    asked = _PAGED.match(document.url or "")
    return Reading(
        kind=MODEL,
        blog=Blog(url=urldefrag(link).url if link else None, format="automattic-api"),
        entries=tuple(entries.values()),
        complete=bool(
            asked
            and asked["after"] == FROM_THE_START
            and answer.get("page") == 1
            and answer.get("pages") == 1
            and not document.is_late
        ),
        exact=True,
        more=_more(answer, document),
    )


def _is_answer(answer: Node) -> bool:
    entries = answer.get("entries")
    if not isinstance(entries, list):
        return False
    if not entries:
        return "latest_timestamp" in answer or {"page", "pages"} <= answer.keys()
    return all(
        isinstance(entry, dict)
        and "id" in entry
        and ("entry_time" in entry or "timestamp" in entry or entry.get("type") in _TYPES)
        and ("render" in entry or "content" in entry or "html" in entry or entry.get("type") == "delete")
        for entry in entries[:ENTRIES]
    )


def _entry(node: Node, document: Document) -> Entry:
    try:
        markup = msgspec.json.encode(node)
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
        return Entry(id="")
    return document.entry("automattic-api", markup, partial(_made, node, document))


def _made(node: Node, document: Document) -> Entry:
    name = _name(node.get("replaces")) or _name(node.get("id"))
    if node.get("type") == "delete":
        return Entry(id=name, deleted=True)
    markup = text(node.get("html"))
    if markup and "render" not in node and "content" not in node:
        # The first versions answer with the markup of their pages.
        read = Entry(id="") if is_tangled(markup, BODY_TAGS) else _shown(markup, document)
        return replace(read, id=name)
    edited = document.clock.instant(_count(node.get("timestamp")))
    published = document.clock.instant(_count(node.get("entry_time"))) or edited
    rendered = text(node.get("render")) or text(node.get("content")) or ""
    words, html = body(_COMMAND.sub("", rendered), document.url)
    return Entry(
        id=name,
        title=plain_line(text(node.get("headline")) or text(node.get("heading"))),
        text=words,
        html=html,
        authors=_authors(node),
        published_at=published,
        updated_at=edited if edited and published and edited > published else None,
        url=joined(document.url, node.get("share_link")),
        key_event=_is_key_event(node, rendered),
        images=pictures(rendered, document.url or ""),
    )


def _is_key_event(node: Node, rendered: str) -> bool:
    classes = text(node.get("css_classes")) or ""
    commands = (kind for found in _COMMAND.finditer(rendered) for kind in found["kinds"].split())
    return node.get("key_event") in (True, 1, "1") or "type-key" in (*classes.split(), *commands)


def _shown(markup: str, document: Document) -> Entry:
    return read_entry(document.clock, PAGE, document.url or "", markup.strip())


def _later(known: Entry | None, entry: Entry) -> Entry:
    """The last state of an entry that was posted, edited or deleted between two moments."""
    if known is None or entry.deleted:
        return entry
    return known if (known.updated_at or entry.updated_at) and _at(known) > _at(entry) else entry


def _at(entry: Entry) -> float:
    at = entry.updated_at or entry.published_at
    return at.timestamp() if at else 0.0


def _more(answer: Node, document: Document) -> tuple[str, ...]:
    """The further pages of the listing that this is the first page of."""
    asked, pages = _PAGED.match(document.url or ""), answer.get("pages")
    if asked is None or answer.get("page") != 1 or not isinstance(pages, int):
        return ()
    return tuple(f"{asked['base']}{page}/{asked['after']}" for page in range(2, min(pages, MORE_PAGES) + 1))


def _authors(node: Node) -> tuple[str, ...]:
    found = (plain_line(author.get("name"), NAME_CHARACTERS) for author in nodes(node.get("authors"))[:AUTHORS])
    return tuple(dict.fromkeys(name for name in found if name))


def _name(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value else text(value) or ""


def _count(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16 else value
