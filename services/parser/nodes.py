"""Values out of JSON that somebody else wrote: any part of it may be missing or of another type."""

from __future__ import annotations

from typing import Any, TypeAlias

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
