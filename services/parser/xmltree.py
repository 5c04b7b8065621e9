"""XML from strangers into a small tree: no entities, no external DTD, bounded in depth and size.

Built on expat's own events, since ElementTree gives no hold on entity declarations and lxml would be one more
dependency of the parser's image.
"""

from __future__ import annotations

import html
import html.entities
import re
from itertools import pairwise
from typing import Any
from xml.parsers import expat

from services.parser.limits import XML_CHARACTERS, XML_DEPTH, XML_ENTITIES, XML_NODES

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
_HTML_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,2000}>")


class Element:
    """`tag` is "namespace name" or "name"; `parts` are texts and elements in order; `span` is where its markup lies in
    the bytes that were read."""

    __slots__ = ("attributes", "name", "namespace", "parts", "span")

    def __init__(self, tag: str, attributes: dict[str, str], start: int = 0) -> None:
        self.namespace, _, self.name = tag.rpartition(" ")
        self.attributes = attributes
        self.parts: list[str | Element] = []
        self.span = (start, start)

    def all(self, name: str, *namespaces: str) -> list[Element]:
        """The elements right within, of a local name, in one of these namespaces if any is given."""
        return [
            part
            for part in self.parts
            if isinstance(part, Element) and part.name == name and (not namespaces or part.namespace in namespaces)
        ]

    def first(self, name: str, *namespaces: str) -> Element | None:
        return next(iter(self.all(name, *namespaces)), None)

    @property
    def text(self) -> str:
        """All text within, in order."""
        found: list[str] = []
        waiting: list[str | Element] = [self]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                found.append(part)
            else:
                waiting.extend(reversed(part.parts))
        return "".join(found)

    @property
    def markup(self) -> str:
        """What lies within, written as HTML."""
        found: list[str] = []
        waiting: list[tuple[bool, str | Element]] = [(False, part) for part in reversed(self.parts)]
        while waiting:
            is_end, part = waiting.pop()
            if isinstance(part, str):
                found.append(part if is_end else html.escape(part, quote=False))
                continue
            written = "".join(
                f' {name}="{html.escape(value)}"' for name, value in part.attributes.items() if " " not in name
            )
            found.append(f"<{part.name}{written}>")
            if part.name not in {"br", "img", "hr"}:
                waiting.append((True, f"</{part.name}>"))
            waiting.extend((False, inner) for inner in reversed(part.parts))
        return "".join(found)


class _Refused(Exception):  # noqa: N818 (never leaves this module)
    pass


class Reader:
    """Reads one document; `root` is what could be read of it, `whole` whether that is all."""

    def __init__(self, text: str) -> None:
        self.root: Element | None = None
        self.whole = False
        self.source = text.encode()
        self._open: list[Element] = []
        self._count = 0
        parser = expat.ParserCreate("utf-8", " ")  # whatever it declares: it is decoded already
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._refuse
        self._parser = parser
        try:
            parser.Parse(self.source, True)
            self.whole = True
        except (expat.ExpatError, _Refused, ValueError, LookupError):
            self._save()

    def markup(self, element: Element) -> bytes:
        """The bytes that an element was read from."""
        start, end = element.span
        return self.source[start:end]

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > XML_NODES or len(self._open) >= XML_DEPTH:
            raise _Refused
        element = Element(tag, attributes, self._parser.CurrentByteIndex)
        self.root = self.root or element
        self._open.append(element)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        element.span = (element.span[0], self._parser.CurrentByteIndex)
        if self._open:
            self._open[-1].parts.append(element)

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].parts.append(text)

    def _refuse(self, *_: Any) -> None:
        raise _Refused

    def _save(self) -> None:
        """What was still open when it broke off stays out, but for what holds all the rest."""
        holders = [element for element in self._open if element.name in {"rss", "RDF", "feed", "channel"}]
        for outer, inner in pairwise(holders):
            outer.parts.append(inner)


def read_xml(text: str) -> Reader:
    """The document, read once more with bare ampersands escaped where it is not well-formed as it stands."""
    clean = _FORBIDDEN.sub("", text[:XML_CHARACTERS])
    if declared := _DECLARATION.match(clean):
        clean = clean[declared.end() :]
    if clean.count("&") > XML_ENTITIES:
        return Reader(clean)
    clean = _HTML_ENTITY.sub(_character, clean)
    found = Reader(clean)
    if found.whole:
        return found
    mended = _BARE_AMPERSAND.sub("&amp;", clean)
    again = Reader(mended) if mended != clean else found
    return again if again.whole or _size(again) > _size(found) else found


def _character(entity: re.Match[str]) -> str:
    """What HTML's entity stands for, which XML does not know."""
    found = html.entities.html5.get(entity[1])
    return html.escape(found, quote=False) if found else entity[0]


def _size(reader: Reader) -> int:
    channel = reader.root and (reader.root.first("channel") or reader.root)
    return len(channel.parts) if channel else 0
