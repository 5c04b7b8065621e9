"""Reading the data tables that lie in data/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"


def rows(name: str) -> Iterator[list[str]]:
    """The tab-separated rows of data/`name`; lines that begin with "#" are comments."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def words(name: str) -> frozenset[str]:
    """The words of data/`name`, parted by spaces or lines."""
    return frozenset(word for row in rows(name) for field in row for word in field.split())


def several(field: str) -> list[str]:
    """A field of several values, parted by semicolons."""
    return [value.strip() for value in field.split(";") if value.strip()]
