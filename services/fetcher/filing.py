"""The operator's file of sources and what is watched: taken in at the start, and again whenever the file changes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from services.fetcher.metrics import SOURCES_FILE_BROKEN
from services.fetcher.sources_file import read_sources
from shared.settings import SettingsError
from shared.sources.record import Source
from shared.sources.store import FEW, SOON_SECONDS, SPREAD_SECONDS, SourceStore
from shared.telemetry.logs import get_logger

FROM_FILE = "livebell:sources-from-file"
log = get_logger()


class SourcesFile:
    SECONDS: ClassVar[float] = 2.0
    """Between two looks at the file."""

    def __init__(self, path: Path, client: Any, store: SourceStore) -> None:
        self._path = path
        self._client = client
        self._store = store
        self._seen = _version(path)

    async def take_in(self, listed: list[Source]) -> None:
        await take_in(self._client, self._store, listed)

    async def look(self) -> None:
        """Takes the file in if it has changed. What cannot be read is said once and changes nothing."""
        version = await asyncio.to_thread(_version, self._path)
        if version == self._seen:
            return
        try:
            listed = await asyncio.to_thread(read_sources, self._path)
        except SettingsError as error:
            self._seen = version
            SOURCES_FILE_BROKEN.set(1)
            hint = "What is watched stays as it was."
            log.warning("sources.broken", file=str(self._path), error=str(error), hint=hint)
            return
        await self.take_in(listed)
        self._seen = version
        SOURCES_FILE_BROKEN.set(0)


def _version(path: Path) -> tuple[int, int, int] | None:
    """What differs once the file was written or replaced, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


async def take_in(client: Any, store: SourceStore, listed: list[Source]) -> None:
    """The file's sources as they stand there; what an earlier file named and this one does not is no longer watched.
    What a person removed stays removed until they add it, or until a file without it was taken in."""
    before = {name.decode() for name in await client.smembers(FROM_FILE)}
    names = {source.id for source in listed}
    if names:
        await client.sadd(FROM_FILE, *names)  # first: a start that is cut short leaves no source that no file claims
    within = SOON_SECONDS if len(listed) <= FEW else SPREAD_SECONDS
    for source in listed:
        await store.put(source, within=within, from_file=True)
    for name in before - names:
        await store.remove(name)
        await client.srem(FROM_FILE, name)
    by_hand = await store.removed()
    for name in by_hand - names:
        await store.forget_removed(name)
    if kept_out := sorted(by_hand & names):
        log.warning(
            "sources.kept_out", sources=kept_out, hint="They were removed by hand; `livebell sources add` them."
        )
    log.info("sources.read", sources=len(names), removed=len(before - names))
