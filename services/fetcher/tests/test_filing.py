from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from services.fetcher.filing import SourcesFile, take_in
from services.fetcher.sources_file import read_sources
from services.fetcher.tests.running import count
from shared.keys import key
from shared.sources.record import Source
from shared.sources.store import SourceStore

ELBE, ODER = "https://news.example/elbe", "https://news.example/oder"


@pytest.fixture
def store(redis: Redis) -> SourceStore:
    return SourceStore(redis, 1)


class Operator:
    """Writes the file; each time it is a little newer."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sources.toml"
        self._time = 1_795_000_000

    def writes(self, *sources: str) -> None:
        self.path.write_text("".join(f"[[source]]\n{one}\n" for one in sources))
        self._time += 1
        os.utime(self.path, (self._time, self._time))


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    made = Operator(tmp_path)
    made.writes(f'id = "elbe"\nurl = "{ELBE}"')
    return made


async def started(operator: Operator, redis: Redis, store: SourceStore) -> SourcesFile:
    file = SourcesFile(operator.path, redis, store)
    await file.take_in(read_sources(operator.path))
    return file


async def watched(store: SourceStore) -> list[str]:
    return [source.id for source in await store.all()]


async def test_a_changed_file_is_taken_in_without_a_restart(
    operator: Operator, redis: Redis, store: SourceStore
) -> None:
    file = await started(operator, redis, store)
    operator.writes(f'id = "elbe"\nurl = "{ELBE}"\nevery = 5', f'id = "oder"\nurl = "{ODER}"')
    await file.look()
    assert await watched(store) == ["elbe", "oder"]
    assert (await store.get("elbe") or Source(id="x", url="")).every == 5
    operator.writes(f'id = "oder"\nurl = "{ODER}"')
    await file.look()
    assert await watched(store) == ["oder"]


async def test_a_file_that_did_not_change_is_not_read(
    operator: Operator, redis: Redis, store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await started(operator, redis, store)
    monkeypatch.setattr("services.fetcher.filing.read_sources", None)
    await file.look()


@pytest.mark.parametrize(
    "broken", ["every = ", f'url = "{ODER}"\nevery = 0', f'url = "{ODER}"\ntimezone = "Mars/Base"']
)
async def test_a_broken_file_is_said_once_and_changes_nothing(
    operator: Operator, redis: Redis, store: SourceStore, broken: str
) -> None:
    file = await started(operator, redis, store)
    operator.writes(broken)
    with capture_logs() as logs:
        await file.look()
        await file.look()
    [line] = logs
    assert (line["event"], line["log_level"]) == ("sources.broken", "warning")
    assert str(operator.path) in line["error"]
    assert await watched(store) == ["elbe"]
    assert count("livebell_sources_file_broken") == 1
    operator.writes(f'id = "oder"\nurl = "{ODER}"')
    await file.look()
    assert await watched(store) == ["oder"]
    assert count("livebell_sources_file_broken") == 0


async def test_a_file_that_is_gone_changes_nothing(operator: Operator, redis: Redis, store: SourceStore) -> None:
    file = await started(operator, redis, store)
    operator.path.unlink()
    await file.look()
    assert await watched(store) == ["elbe"]


async def test_a_file_whose_taking_in_failed_is_taken_in_later(
    operator: Operator, redis: Redis, store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await started(operator, redis, store)
    operator.writes(f'id = "oder"\nurl = "{ODER}"')

    async def away(*_: object) -> None:
        raise ConnectionError("the server is away")

    with monkeypatch.context() as patched:
        patched.setattr(file, "take_in", away)
        with pytest.raises(ConnectionError):
            await file.look()
    await file.look()
    assert await watched(store) == ["oder"]


async def test_what_a_person_removed_stays_removed(operator: Operator, redis: Redis, store: SourceStore) -> None:
    file = await started(operator, redis, store)
    assert await store.remove("elbe", by_hand=True)
    await started(operator, redis, store)
    operator.writes(f'id = "elbe"\nurl = "{ELBE}"\nevery = 5', f'id = "oder"\nurl = "{ODER}"')
    await file.look()
    assert await watched(store) == ["oder"]
    await store.put(Source(id="elbe", url=ELBE))
    await started(operator, redis, store)
    assert await watched(store) == ["elbe", "oder"], "until they add it again"


async def test_a_file_without_what_was_removed_ends_the_matter(
    operator: Operator, redis: Redis, store: SourceStore
) -> None:
    file = await started(operator, redis, store)
    await store.remove("elbe", by_hand=True)
    for sources in ([f'id = "oder"\nurl = "{ODER}"'], [f'id = "elbe"\nurl = "{ELBE}"']):
        operator.writes(*sources)
        await file.look()
    assert await watched(store) == ["elbe"]
    assert await redis.keys("*removed*") == []


async def test_many_new_sources_do_not_come_at_once(redis: Redis, store: SourceStore) -> None:
    many = [Source(id=f"river-{n}", url=f"{ELBE}/{n}", every=30) for n in range(200)]
    await take_in(redis, store, many)
    waits = [score / 1000 - time.time() for _, score in await redis.zrange(key("{p0}", "due"), 0, -1, withscores=True)]
    assert max(waits) > 20
    assert sum(wait < 5 for wait in waits) < 80
