"""What holds for every address: entity tags, idempotency keys, rate limits, other origins."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from services.gateway.tests.conftest import ADMIN, Gateway
from services.gateway.tests.make import enriched

HOOK = {"type": "webhook", "url": "http://127.0.0.1:9/hook"}
API = "/api/v1/subscriptions"


def with_key(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid.uuid4())}


async def test_what_a_client_holds_already_is_not_sent_again(gateway: Gateway):
    await gateway.happen(enriched("e1"))
    for path in ("/api/v1/entries", "/api/v1/sources", "/feeds/ferry.atom", "/feeds/ferry.json"):
        status, headers, _ = await gateway.call("GET", path)
        tag = headers["etag"]
        for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            status, headers, body = await gateway.call("GET", path, headers={"If-None-Match": asked})
            assert (status, body, headers["etag"]) == (304, "", tag), path
    _, before, _ = await gateway.call("GET", "/api/v1/entries")
    await gateway.happen(enriched("e2"))
    status, after, _ = await gateway.call("GET", "/api/v1/entries", headers={"If-None-Match": before["etag"]})
    assert status == 200
    assert after["etag"] != before["etag"]


async def test_a_change_made_from_an_old_state_is_refused(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    path, token = f"{API}/{made['id']}", made["token"]
    _, first, _ = await gateway.call("GET", path, token=token)
    match = {"If-Match": first["etag"]}
    status, second, _ = await gateway.call("PATCH", path, {"filter": {"words": ["a"]}}, token=token, headers=match)
    assert status == 200
    status, _, problem = await gateway.call("PATCH", path, {"filter": {}}, token=token, headers=match)
    assert status == 412
    assert "GET it again" in problem["detail"]
    assert (await gateway.call("DELETE", path, token=token, headers=match))[0] == 412
    _, now, shown = await gateway.call("GET", path, token=token)
    assert (now["etag"], shown["filter"]) == (second["etag"], {"words": ["a"]})
    status, *_ = await gateway.call("DELETE", path, token=token, headers={"If-Match": now["etag"]})
    assert status == 204


async def test_the_same_key_and_body_subscribe_once_and_get_the_same_answer(gateway: Gateway):
    key = with_key()
    status, headers, first = await gateway.call("POST", API, {"channel": HOOK}, headers=key)
    assert (status, headers.get("idempotency-replayed")) == (201, None)
    status, headers, again = await gateway.call("POST", API, {"channel": HOOK}, headers=key)
    assert (status, headers["idempotency-replayed"], again) == (201, "true", first)
    assert await gateway.store.count() == 1
    assert (await gateway.call("GET", f"{API}/{again['id']}", token=again["token"]))[0] == 200


async def test_the_same_key_with_another_body_is_refused(gateway: Gateway):
    key = with_key()
    await gateway.call("POST", API, {"channel": HOOK}, headers=key)
    status, _, problem = await gateway.call("POST", API, {"channel": HOOK, "filter": {"words": ["x"]}}, headers=key)
    assert (status, "new key" in problem["detail"]) == (422, True)
    assert await gateway.store.count() == 1


async def test_a_key_is_its_clients_own(gateway: Gateway):
    key = with_key()
    _, _, mine = await gateway.call("POST", API, {"channel": HOOK}, headers=key)
    _, _, theirs = await gateway.call("POST", API, {"channel": HOOK}, headers=key, token=ADMIN)
    assert theirs["token"] != mine["token"]


async def test_what_was_refused_may_be_mended_under_the_same_key(gateway: Gateway):
    key = with_key()
    assert (await gateway.call("POST", API, {"channel": {**HOOK, "url": "ftp://x/"}}, headers=key))[0] == 400
    assert (await gateway.call("POST", API, {"channel": HOOK}, headers=key))[0] == 201


async def test_the_same_key_at_the_same_time_acts_once(gateway: Gateway):
    key = with_key()
    answers = await asyncio.gather(*(gateway.call("POST", API, {"channel": HOOK}, headers=key) for _ in range(8)))
    assert {status for status, *_ in answers} <= {201, 409}
    assert len({body["token"] for status, _, body in answers if status == 201}) == 1
    assert await gateway.store.count() == 1


async def test_kept_answers_expire_and_open_nothing(gateway: Gateway):
    key = with_key()
    _, _, made = await gateway.call("POST", API, {"channel": HOOK}, headers=key)
    [name] = [name async for name in gateway.redis.scan_iter("*idempotency*")]
    assert 0 < await gateway.redis.ttl(name) <= 86_400
    kept = await gateway.redis.get(name)
    for secret in (made["token"], made["secret"], key["Idempotency-Key"]):
        assert secret.encode() not in kept + name


@pytest.mark.parametrize("key", ["", "short", "x" * 256])
async def test_a_key_that_anybody_guesses_is_refused(gateway: Gateway, key: str):
    status, _, problem = await gateway.call("POST", API, {"channel": HOOK}, headers={"Idempotency-Key": key})
    assert (status, "UUID" in problem["detail"]) == (400, True)


async def test_answers_say_what_is_left(start):
    async with start(subscribe_per_minute=2, requests_per_minute=5) as gateway:
        _, headers, _ = await gateway.call("POST", API, {"channel": HOOK})
        assert headers["ratelimit-policy"] == '"requests";q=5;w=60, "subscribing";q=2;w=60'
        assert headers["ratelimit"] == '"requests";r=4;t=12, "subscribing";r=1;t=30'
        answers = [await gateway.call("GET", "/api/v1/sources") for _ in range(5)]
        assert [status for status, *_ in answers] == [200] * 4 + [429]
        _, headers, problem = answers[-1]
        assert int(headers["retry-after"]) > 0
        assert headers["content-type"] == "application/problem+json"
        assert "try again" in problem["detail"]
        assert (await gateway.call("GET", "/"))[0] == 200, "the page itself is no API"


async def test_another_origins_page_may_call_only_where_the_operator_said_so(start):
    origin = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
    async with start(cors_origins=("https://desk.example",)) as gateway:
        status, headers, _ = await gateway.call("OPTIONS", API, headers=origin)
        assert (status, headers["access-control-allow-origin"]) == (204, "https://desk.example")
        assert "Idempotency-Key" in headers["access-control-allow-headers"]
        _, headers, _ = await gateway.call("GET", "/api/v1/entries", headers=origin)
        assert "ETag" in headers["access-control-expose-headers"]
        _, headers, _ = await gateway.call("GET", "/api/v1/entries", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in headers
        assert headers["vary"] == "Origin"
    async with start() as gateway:
        status, headers, _ = await gateway.call("OPTIONS", API, headers=origin)
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_form_of_another_site_can_send_changes_nothing(gateway: Gateway, kind: str):
    body = b'{"channel":{"type":"webhook","url":"http://127.0.0.1:9/"}}'
    status, _, problem = await raw(gateway, body, kind)
    assert (status, "application/json" in problem["detail"]) == (415, True)
    assert await gateway.store.count() == 0


async def raw(gateway: Gateway, body: bytes, kind: str) -> Any:
    async with gateway.http.post(API, data=body, headers={"Content-Type": kind}) as response:
        return response.status, response.headers, await response.json(content_type=None)
