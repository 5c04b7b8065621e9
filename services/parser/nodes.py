"""Values out of JSON that somebody else wrote: any part of it may be missing or of another type."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from services.parser.limits import JSON_DEPTH, STATE_NODES

Node: TypeAlias = dict[str, Any]


def mapping(value: object) -> Node:
    return value if isinstance(value, dict) else {}


def nodes(value: object) -> list[Node]:
    """The mappings of a list, or a mapping alone."""
    return [node for node in (value if isinstance(value, list) else [value]) if isinstance(node, dict)]


def text(value: object) -> str | None:
    """A string that says something."""
    return value if isinstance(value, str) and value.strip() else None


def at(value: object, *path: str) -> Any:
    """What lies under a path of keys; None where it breaks off."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def walk(value: object) -> Iterator[Node]:
    """Every mapping inside a value, the outer ones first: so deep and so many as we look at."""
    waiting = deque([(value, JSON_DEPTH)])
    for _ in range(STATE_NODES):
        if not waiting:
            return
        found, depth = waiting.popleft()
        if isinstance(found, dict):
            yield found
        inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        if depth > 0:
            waiting.extend((part, depth - 1) for part in inside if isinstance(part, dict | list))


def markup(value: object) -> bytes:
    """What a value was written as, near enough to see whether it changed."""
    try:
        return msgspec.json.encode(value)
    except (msgspec.MsgspecError, OverflowError, ValueError, TypeError, RecursionError):
        return repr(value).encode("utf-8", "replace")
