"""What somebody tries who wants more than is theirs: other sites' pages, other spellings, other people's time."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import time
import uuid
from datetime import UTC, datetime

import pytest

from services.gateway import catching
from services.gateway.tests.conftest import ADMIN, Gateway
from services.gateway.tests.make import enriched
from services.gateway.tests.test_bounds import connected, ends

pytestmark = pytest.mark.parametrize("redis_url", ["valkey"], indirect=True)
API = "/api/v1/subscriptions"
HOOK = {"type": "webhook", "url": "http://127.0.0.1:9/hook"}
OTHERS = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


async def answered(gateway: Gateway, head: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer to a request that is written as it is."""
    reader, writer = await connected(gateway)
    writer.write(head + b"\r\nconnection: close\r\n\r\n")
    told = await ends(reader)
    writer.close()
    return (parts := told.partition(b"\r\n\r\n"))[0].lower(), parts[2]


@pytest.mark.parametrize("headers", OTHERS)
async def test_a_page_of_another_site_changes_nothing(gateway: Gateway, headers: dict[str, str]):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    path, token = f"{API}/{made['id']}", made["token"]
    for method, where, body in [
        ("POST", API, {"channel": HOOK}),
        ("PATCH", path, {"status": "paused"}),
        ("DELETE", path, None),
        ("POST", f"{path}/test", None),
        ("POST", "/api/v1/sources", {"url": "https://news.example/"}),
    ]:
        own = ADMIN if "sources" in where else token
        status, _, problem = await gateway.call(method, where, body, token=own, headers=headers)
        assert (status, "LIVEBELL_CORS_ORIGINS" in problem["detail"]) == (403, True), (method, where)
    assert [one.status async for one in gateway.store.all()] == ["active"]
    assert (await gateway.call("GET", path, token=token, headers=headers))[0] == 200


async def test_its_own_page_and_those_that_are_named_change_what_they_may(start):
    async with start(cors_origins=("https://desk.example",), public_url="https://alerts.example/") as gateway:
        for headers in (
            {"Origin": gateway.url},
            {"Origin": "https://alerts.example"},
            {"Origin": "https://anything.example", "Sec-Fetch-Site": "same-origin"},
            {"Origin": "https://desk.example", "Sec-Fetch-Site": "cross-site"},
        ):
            assert (await gateway.call("POST", API, {"channel": HOOK}, headers=headers))[0] == 201, headers


async def test_no_spelling_of_an_address_goes_past_the_limits(start):
    async with start(requests_per_minute=1) as gateway:
        spelled = [b"//api/v1/sources", b"/api//v1/sources", b"/%61pi/v1/sources", b"/%2fapi/v1/sources"]
        answers = [await answered(gateway, b"GET " + path + b" HTTP/1.1\r\nhost: x") for path in spelled]
        assert all(b"ratelimit-policy" in head for head, _ in answers)
        assert [head.split()[1] for head, _ in answers] == [b"200", b"429", b"429", b"429"]


@pytest.mark.parametrize(
    "host", [b"x:99999", b"x:abc", b"a b", b'e"<>', b"u:p@evil.example", b"[::1", b"\xff", b"x\r\nhost: y"]
)
async def test_a_host_that_is_none_is_refused_in_a_sentence(gateway: Gateway, host: bytes):
    await gateway.happen(enriched("e1"))
    head, body = await answered(gateway, b"GET /feeds/ferry.json HTTP/1.1\r\nhost: " + host)
    assert head.split()[1] == b"400", head
    assert b"host" in body.lower() or b"Invalid HTTP" in body


async def test_a_feed_names_the_operators_address_whatever_the_host(start):
    async with start(public_url="https://alerts.example") as gateway:
        await gateway.happen(enriched("e1"))
        _, _, feed = await gateway.call("GET", "/feeds/ferry.json", headers={"Host": "evil.example"})
        assert feed["feed_url"] == "https://alerts.example/feeds/ferry.json"


@pytest.mark.parametrize(
    "path", ["/../settings.py", "/app.js/../../settings.py", "/..%2f..%2fsettings.py", "/%2e%2e/settings.py"]
)
async def test_only_the_pages_own_files_are_served(gateway: Gateway, path: str):
    head, body = await answered(gateway, f"GET {path} HTTP/1.1\r\nhost: x".encode())
    assert (head.split()[1], b"import" in body) == (b"404", False)


async def test_head_tells_what_get_would(gateway: Gateway):
    await gateway.happen(enriched("e1"))
    for path in ("/", "/api/v1/entries", "/feeds/ferry.atom", "/export/ferry.csv"):
        head, body = await answered(gateway, f"HEAD {path} HTTP/1.1\r\nhost: x".encode())
        assert (head.split()[1], body) == (b"200", b""), path
    for path in ("/api/v1/stream", "/api/v1/stream/", "//api/v1/stream"):
        head, body = await answered(gateway, f"HEAD {path} HTTP/1.1\r\nhost: x".encode())
        assert head.split()[1] == b"405", path


async def test_what_is_told_once_is_kept_by_no_cache(gateway: Gateway):
    _, headers, made = await gateway.call("POST", API, {"channel": HOOK})
    assert headers["cache-control"] == "no-store"
    for path in ("/feeds/unknown.atom", "/nothing", f"{API}/{made['id']}"):
        assert (await gateway.call("GET", path))[1]["cache-control"] == "no-store", path
    _, headers, _ = await gateway.call("GET", f"{API}/{made['id']}", token=made["token"])
    assert headers["cache-control"] == "private, no-cache"


async def test_answers_to_questions_fill_no_store(gateway: Gateway):
    for path in ("/api/v1/caught", "/api//v1/caught/"):
        for _ in range(2):
            key = {"Idempotency-Key": str(uuid.uuid4())}
            assert (await gateway.call("POST", path, {"filter": {}}, headers=key))[0] == 200
    assert [name async for name in gateway.redis.scan_iter("*idempotency*")] == []


async def test_one_filter_keeps_no_other_reader_waiting(gateway: Gateway, monkeypatch):
    """Each entry that is looked at takes its time; between them others have their turn."""
    judged = 0
    original = catching.Catcher._catches

    def counted(*given):
        nonlocal judged
        judged += 1
        return original(*given)

    monkeypatch.setattr(catching.Catcher, "_catches", counted)
    now = datetime.now(UTC)
    await gateway.happen(*(enriched(f"e{n}", published_at=now, seen=time.time()) for n in range(200)))
    seen: set[int] = set()

    async def other() -> None:
        while True:
            seen.add(judged)
            await asyncio.sleep(0)

    watching = asyncio.create_task(other())
    assert (await gateway.call("GET", "/feeds/_all.atom?words=zeppelin"))[0] == 200
    watching.cancel()
    turns = sorted(seen)
    assert turns[-1] == 200
    assert max(late - early for early, late in itertools.pairwise(turns)) <= catching.AT_ONCE


async def test_what_takes_long_has_a_quota_of_its_own(gateway: Gateway):
    await gateway.happen(enriched("e1"))
    for path in ("/feeds/ferry.atom?words=ferry", "/export/ferry.csv", "/export/ferry.ndjson"):
        assert '"explaining"' in (await gateway.call("GET", path))[1]["ratelimit-policy"], path
    assert '"explaining"' not in (await gateway.call("GET", "/feeds/ferry.atom"))[1]["ratelimit-policy"]


@pytest.mark.parametrize("start_of", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
async def test_no_cell_is_a_formula(gateway: Gateway, start_of: str):
    evil = f'{start_of}cmd|"/c calc"'
    await gateway.happen(enriched(evil, title=evil, text=evil, authors=(evil,), url=evil))
    _, _, told = await gateway.call("GET", "/export/ferry.csv")
    [row] = csv.DictReader(io.StringIO(told, newline=""))
    assert [row[column][0] for column in ("id", "title", "text", "authors", "url")] == ["'"] * 5


@pytest.mark.parametrize("last", ["{p0}=99999999999999-0", "{p0}=0-0,{p1}=999999999999999-9999999999"])
async def test_a_last_event_id_from_the_future_says_what_to_do(gateway: Gateway, last: str):
    status, _, problem = await gateway.call("GET", "/api/v1/stream", headers={"Last-Event-ID": last})
    assert (status, "in the future" in problem["detail"], "leave it out" in problem["detail"]) == (400, True, True)


async def test_another_who_knows_the_key_does_not_get_the_answer(start):
    """The key is bound to who asks: by token, and without one by address, told by a proxy that is trusted."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    async with start(trusted_proxies=("127.0.0.0/8",)) as gateway:
        _, _, mine = await gateway.call("POST", API, {"channel": HOOK}, headers=key | {"X-Forwarded-For": "1.1.1.1"})
        for other in ({"X-Forwarded-For": "2.2.2.2"}, {"Authorization": "Bearer x"}):
            _, headers, theirs = await gateway.call("POST", API, {"channel": HOOK}, headers=key | other)
            assert theirs["token"] != mine["token"]
            assert "idempotency-replayed" not in headers


async def test_a_token_of_odd_bytes_is_just_a_wrong_one(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    for token in (b"\xff\xfe", b"\xc3\xa9", made["token"].encode() + b"\xcc\x81", b"", b"a" * 20_000):
        asked = b"GET %b/%b HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b" % (
            API.encode(),
            made["id"].encode(),
            token,
        )
        head, _ = await answered(gateway, asked)
        assert head.split()[1] == b"401", token[:20]


@pytest.mark.parametrize("cursor", ["lcs", "abc", "%C3%A9", "AAAA", "A" * 2001, "3wAA", "lct_8AAAAAAAAAEBoWGhYg"])
async def test_a_cursor_that_was_changed_is_refused_or_finds_nothing_else(gateway: Gateway, cursor: str):
    await gateway.happen(enriched("e1"))
    status, _, body = await gateway.call("GET", f"/api/v1/entries?cursor={cursor}")
    assert status in {200, 400}
    assert status == 400 or body["entries"] in ([], (await gateway.call("GET", "/api/v1/entries"))[2]["entries"])
