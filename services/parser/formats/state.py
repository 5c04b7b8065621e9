"""Application state that a page carries in its scripts: the JSON of it, for whoever knows the model inside.

`__NEXT_DATA__` and other scripts of JSON, `window.__X__ = {…}`, `= "…JSON, escaped…"` and `JSON.parse("…")`; Apollo's
and Redux's states are such values too, and so are the rows that Next.js pushes piece by piece.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from services.parser.document import Document, read_json, without_half_characters
from services.parser.formats.aljazeera import aljazeera_value
from services.parser.formats.bbc import bbc_value
from services.parser.formats.guardian import guardian_value
from services.parser.formats.sourcefabric import sourcefabric_value
from services.parser.limits import STATE_VALUES
from services.parser.nodes import walk
from services.parser.readings import Reading


class Model(Struct, frozen=True):
    """A publisher's model: a word that stands in every state that holds it, and its reader."""

    sign: str
    read: Callable[[object, Document], Reading | None]


MODELS = (
    Model("blockFirstPublished", guardian_value),
    Model("liveTextStream", bbc_value),
    Model("liveblog-update", aljazeera_value),
    Model("post_status", sourcefabric_value),
)

_BEGINS = re.compile(r"""(?:=|\(|:|,|\breturn)\s*(?:JSON\.parse\(\s*)?(?=[{\["'])""")
_QUOTED = re.compile(r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*\"""", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_UNDEFINED = re.compile(r"(?<=[:,\[])\s*undefined(?=\s*[,}\]])")
_PUSHED = "__next_f.push("
_PUSH = re.compile(r"""\s*(?:self|window)\.__next_f\.push\(\[\s*1\s*,\s*(?=["'])""")
_ROW = re.compile(r"[0-9a-f]{1,8}:[A-Z]{0,2}")
_decode = json.JSONDecoder(strict=False).raw_decode


def read_state(document: Document) -> Reading | None:
    """What the page's scripts say by a model that we know; of several values the one that lists most."""
    # Among the scripts, which are far less to search than the page.
    models = [model for model in MODELS if any(model.sign in script for _, script in document.scripts)]
    if not models:
        return None
    best: Reading | None = None
    for value in values(document, tuple(model.sign for model in models)):
        for model in models:
            reading = model.read(value, document)
            if reading is not None and (best is None or len(reading.entries) > len(best.entries)):
                best = reading
        if document.is_late:
            break
    return best


def values(document: Document, signs: tuple[str, ...]) -> Iterator[object]:
    """The JSON values of the page's scripts that hold one of the signs."""
    yield from _rows(document, signs)
    for kind, script in document.scripts:
        if document.is_late:
            return
        if any(sign in script for sign in signs):
            code = without_half_characters(script)
            for value in _of_json(code) if kind.endswith("json") else _of_code(code, signs):
                yield value
                yield from _inner(value, signs)


def _rows(document: Document, signs: tuple[str, ...]) -> Iterator[object]:
    """The rows of what Next.js pushes: each a number, a colon and its JSON; one may be cut in two between pushes."""
    pushed: list[str] = []
    for _, script in document.scripts:
        found = _PUSH.match(script)
        if document.is_late or found is None:
            continue
        value, _ = _value_at(script, found.end())
        if isinstance(value, str):
            pushed.append(value)
    for row in "".join(pushed).split("\n"):
        if any(sign in row for sign in signs) and (value := read_json(_ROW.sub("", row, count=1))) is not None:
            yield value


def _of_json(script: str) -> Iterator[object]:
    source = script.strip().removeprefix("<!--").removesuffix("-->").strip()
    if (value := read_json(source)) is not None:
        yield value


def _of_code(script: str, signs: tuple[str, ...]) -> Iterator[object]:
    """The values that a script assigns or hands over, where they are JSON, strings of it included."""
    at = 0
    for _ in range(STATE_VALUES):
        found = _BEGINS.search(script, at)
        if found is None or all(script.find(sign, found.end()) < 0 for sign in signs):
            return
        value, at = _value_at(script, found.end())
        if isinstance(value, str):
            value = read_json(value) if any(sign in value for sign in signs) else None
        if isinstance(value, dict | list):
            yield value


def _value_at(script: str, start: int) -> tuple[object, int]:
    """The value that begins there and where it ends; None and the next place where it is none."""
    if script[start] in "\"'":
        quoted = _QUOTED.match(script, start)
        return (_unquoted(quoted[0]), quoted.end()) if quoted else (None, start + 1)
    try:
        return _decode(script, start)
    except (ValueError, RecursionError):
        pass
    if "undefined" not in script:
        return None, start + 1
    try:
        return _decode(_UNDEFINED.sub("null", script[start:]))[0], len(script)
    except (ValueError, RecursionError):
        return None, start + 1


def _unquoted(literal: str) -> str:
    """The text of a JavaScript string."""
    if literal[0] == '"':
        try:
            return str(json.loads(literal, strict=False))
        except ValueError:
            pass
    text = _ESCAPE.sub(_unescaped, literal[1:-1])
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins escapes of one character


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)


def _inner(value: object, signs: tuple[str, ...]) -> Iterator[object]:
    """Values that lie inside as strings of JSON."""
    seen = 0
    for node in walk(value):
        for text in node.values():
            if isinstance(text, str) and text[:1] in {"{", "["} and any(sign in text for sign in signs):
                if (inner := read_json(text)) is not None:
                    yield inner
                if (seen := seen + 1) == STATE_VALUES:
                    return
