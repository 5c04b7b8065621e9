"""The operator's TOML file of sources: `[[source]]` tables, each with a `url` and what else a source may have."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from shared.settings import SettingsError
from shared.sources.record import Source, check_source, source_id

SHOWN = 100
"""Characters of an address that a message shows."""


def read_sources(path: Path) -> list[Source]:
    """Raises SettingsError that names the file, the table and what is wrong there."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"LIVEBELL_SOURCES_FILE: {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}.") from error
    tables = data.get("source", [])
    if not isinstance(tables, list) or set(data) - {"source"}:
        raise SettingsError(f"{path}: every live blog is a table that begins with [[source]] and holds a url.")
    sources = [_source(path, number, table) for number, table in enumerate(tables, 1)]
    ids = [source.id for source in sources]
    if repeated := next((name for name in ids if ids.count(name) > 1), None):
        raise SettingsError(f"{path}: two sources have the id {repeated!r}: give one of them another.")
    return sources


def _source(path: Path, number: int, table: object) -> Source:
    if not isinstance(table, dict) or not isinstance(table.get("url"), str):
        raise SettingsError(f"{path}: source {number} has no url.")
    url = table["url"]
    try:
        source = msgspec.convert({"id": source_id(url)} | table, Source)
        check_source(source)
    except (msgspec.ValidationError, ValueError) as error:
        shown = url.rpartition("@")[2][:SHOWN]  # what stands before the @ may be a password
        raise SettingsError(f"{path}: source {number} ({shown!r}): {str(error).rstrip('.')}.") from error
    return source
