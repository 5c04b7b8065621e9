"""Subscribing over the API: what is taken, what is refused, and who may read it."""

from __future__ import annotations

import asyncio
import base64
import time
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from services.gateway.tests.conftest import ADMIN, Gateway
from shared.channels.webhook_signing_keys import public_key_of
from shared.deliveries.log import DeliveryRecord, FailedDelivery, delivery_id, failed_writes, record_write
from shared.deliveries.waiting import ASKED, retries_key, wait_writes, waiting_key
from shared.filters.explaining import EXPLAIN
from shared.filters.explanation import Caught, Explanation, Reason
from shared.keys import DELIVERIES, key, subscriber_partition
from shared.messages import DeliveryBatch, decode
from shared.streams.asking import answer
from shared.streams.commit import write_all
from shared.subscriptions.record import ACTIVE, DISABLED, Subscription, WebhookChannel

HOOK = {"type": "webhook", "url": "http://127.0.0.1:9/hook"}
API = "/api/v1/subscriptions"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def push(endpoint: str = "https://fcm.googleapis.com/fcm/send/abc") -> dict[str, Any]:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": b64(point), "auth": b64(bytes(16))}
    return {"type": "webpush", "endpoint": endpoint, "expirationTime": None, "keys": keys}


async def asked(gateway: Gateway) -> list[DeliveryBatch]:
    """What the notifier was asked for."""
    found: Any = await gateway.redis.xrange(key(subscriber_partition("x", 1), DELIVERIES))
    batches = [decode(fields[b"m"]) for _, fields in found]
    return [batch for batch in batches if isinstance(batch, DeliveryBatch)]


async def kept(gateway: Gateway, subscription: str) -> Subscription:
    found = await gateway.store.get(subscription)
    assert found is not None
    return found


async def activate(gateway: Gateway, subscription: str) -> None:
    await gateway.store.update(replace(await kept(gateway, subscription), status=ACTIVE))


async def test_an_operators_webhook_is_active_at_once(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    assert made.keys() == {"id", "token", "secret", "status"}
    assert made["status"] == "active"
    assert made["secret"].startswith("whsec_")
    assert await asked(gateway) == []
    record = await kept(gateway, made["id"])
    assert record.filter.changes == ("created",)
    assert made["token"] not in str(record)


async def test_anybody_elses_webhook_must_prove_itself(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK})
    assert made["status"] == "pending"
    [batch] = await asked(gateway)
    assert (batch.kind, batch.channel, batch.subscriptions) == ("endpoint.verification", "webhook", (made["id"],))
    status, _, problem = await gateway.call("PATCH", f"{API}/{made['id']}", {"status": "active"}, token=made["token"])
    assert (status, problem["status"]) == (409, 409)
    assert (await kept(gateway, made["id"])).status == "pending"


async def test_a_browser_is_active_at_once_and_has_no_secret(gateway: Gateway):
    made = await gateway.subscribe({"channel": push(), "filter": {"words": ["ferry"], "min_urgency": 0.5}})
    assert (made["status"], made["secret"]) == ("active", None)
    _, _, shown = await gateway.call("GET", f"{API}/{made['id']}", token=made["token"])
    assert shown["filter"] == {"words": ["ferry"], "min_urgency": 0.5}
    assert "keys" not in shown["channel"]


async def test_only_its_token_opens_a_subscription(gateway: Gateway):
    mine = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    other = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    asking = [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("POST", "/secret"),
    ]
    for method, path in asking:
        body = {"filter": {}} if method == "PATCH" else None
        answers = [
            await gateway.call(method, f"{API}/{subscription}{path}", body, token=token)
            for subscription, token in [
                (mine["id"], None),
                (mine["id"], "wrong"),
                (mine["id"], other["token"]),
                ("sub_00000000000000000000", other["token"]),
                ("sub_00000000000000000000", None),
            ]
        ]
        assert {status for status, _, _ in answers} == {401}
        assert len({problem["detail"] for _, _, problem in answers}) == 1, "an unknown one looks like another's"
    assert await kept(gateway, mine["id"])
    assert await asked(gateway) == []


async def test_a_subscription_is_changed_paused_and_left(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK, "filter": {"words": ["ferry"]}}, token=ADMIN)
    path, token = f"{API}/{made['id']}", made["token"]
    status, _, shown = await gateway.call("PATCH", path, {"filter": {"places": ["DK"]}}, token=token)
    assert (status, shown["filter"]) == (200, {"places": ["DK"]})
    _, _, shown = await gateway.call("PATCH", path, {"status": "paused"}, token=token)
    assert (shown["status"], shown["filter"]) == ("paused", {"places": ["DK"]})
    assert (await gateway.call("POST", f"{path}/test", token=token))[0] == 409
    assert (await gateway.call("PATCH", path, {"status": "active"}, token=token))[2]["status"] == "active"
    assert (await gateway.call("PATCH", path, {"status": "disabled"}, token=token))[0] == 400
    assert (await gateway.call("DELETE", path, token=token))[0] == 204
    assert (await gateway.call("GET", path, token=token))[0] == 401
    assert (await gateway.call("GET", path, token=ADMIN))[0] == 401


async def test_a_webhook_that_moves_proves_itself_again_and_keeps_its_secret(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    path, token = f"{API}/{made['id']}", made["token"]
    _, _, shown = await gateway.call("PATCH", path, {"channel": HOOK}, token=token)
    assert shown["status"] == "active"
    moved = {**HOOK, "url": "http://127.0.0.1:9/elsewhere"}
    _, _, shown = await gateway.call("PATCH", path, {"channel": moved, "status": "active"}, token=token)
    assert shown["status"] == "pending"
    assert [batch.kind for batch in await asked(gateway)] == ["endpoint.verification"]
    channel = (await kept(gateway, made["id"])).channel
    assert channel == WebhookChannel(url=moved["url"], secret=made["secret"])
    _, _, shown = await gateway.call("PATCH", path, {"channel": {**HOOK, "url": "http://127.0.0.1:9/3"}}, token=ADMIN)
    assert shown["status"] == "active"


async def test_a_browser_renews_its_push(gateway: Gateway):
    made = await gateway.subscribe({"channel": push()})
    renewed = push("https://updates.push.services.mozilla.com/wpush/v2/new")
    status, _, shown = await gateway.call("PATCH", f"{API}/{made['id']}", {"channel": renewed}, token=made["token"])
    assert (status, shown["status"], shown["channel"]["endpoint"]) == (200, "active", renewed["endpoint"])


async def test_a_pending_webhook_that_becomes_a_push_has_nothing_to_prove(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK})
    _, _, shown = await gateway.call("PATCH", f"{API}/{made['id']}", {"channel": push()}, token=made["token"])
    assert shown["status"] == "active"


@pytest.mark.parametrize(
    ("body", "tells"),
    [
        ({"channel": {**HOOK, "url": "https://169.254.169.254/latest"}}, "169.254.169.254"),
        ({"channel": {**HOOK, "url": "https://10.1.2.3/"}}, "LIVEBELL_ALLOW_TARGETS"),
        ({"channel": {**HOOK, "url": "ftp://news.example/"}}, "https://"),
        ({"channel": {**HOOK, "url": "https://user:pass@127.0.0.1/"}}, "@"),
        ({"channel": {**HOOK, "secret": "whsec_short"}}, "24 to 64 bytes"),
        ({"channel": push("https://attacker.example/send")}, "LIVEBELL_PUSH_HOSTS"),
        ({"channel": {**push(), "keys": {"p256dh": b64(bytes(65)), "auth": b64(bytes(16))}}}, "p256dh"),
        ({"channel": {**push(), "keys": {**push()["keys"], "auth": b64(bytes(15))}}}, "auth"),
        ({"channel": HOOK, "filter": {"changes": ["created", "exploded"]}}, "moved"),
        ({"channel": HOOK, "filter": {"min_urgency": 2}}, "min_urgency"),
        ({"channel": HOOK, "filter": {"wrods": ["ferry"]}}, "wrods"),
        ({"channel": HOOK, "filter": {"near": {"lat": 91, "lon": 0, "km": 5}}}, "lat"),
        ({"channel": HOOK, "filter": {"words": ["x"] * 101}}, "words"),
        ({"channel": HOOK, "filters": {}}, "filters"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_the_reason(gateway: Gateway, body: dict[str, Any], tells: str):
    status, headers, problem = await gateway.call("POST", API, body, token=ADMIN)
    assert (status, headers["content-type"]) == (400, "application/problem+json"), problem
    assert tells in problem["detail"]
    assert await gateway.store.count() == 0


async def test_a_host_that_leads_into_a_private_network_is_refused(start):
    async with start(allow_targets=()) as gateway:
        for url in ("http://localhost:9/", "https://localhost:9/", "https://[::1]/", "https://127.0.0.1.nip.invalid/"):
            status, _, problem = await gateway.call("POST", API, {"channel": {**HOOK, "url": url}}, token=ADMIN)
            assert status == 400, problem
        assert await gateway.store.count() == 0


async def test_the_secret_is_rotated_and_the_old_one_goes_on_for_a_while(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    before = time.time()
    status, _, body = await gateway.call("POST", f"{API}/{made['id']}/secret", token=made["token"])
    assert status == 200
    assert body["secret"] != made["secret"]
    until = datetime.fromisoformat(body["old_secret_until"]).timestamp()
    assert before + 86_400 <= until <= time.time() + 86_400
    held = await kept(gateway, made["id"])
    assert isinstance(held.channel, WebhookChannel)
    assert held.channel.secret == body["secret"]
    assert [(old.secret, round(old.until - until)) for old in held.old_secrets] == [(made["secret"], 0)]
    assert made["secret"] not in str(await gateway.call("GET", f"{API}/{made['id']}", token=made["token"]))
    browser = await gateway.subscribe({"channel": push()})
    assert (await gateway.call("POST", f"{API}/{browser['id']}/secret", token=browser["token"]))[0] == 400


async def test_a_secret_that_leaked_ends_at_once(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    path, own = f"{API}/{made['id']}/secret", "whsec_" + "QUFB" * 8
    _, _, body = await gateway.call("POST", path, {"secret": own, "overlap": 0}, token=made["token"])
    assert body == {"secret": own, "old_secret_until": None}
    assert (await kept(gateway, made["id"])).old_secrets == ()
    for wrong in ({"secret": "whsec_short"}, {"overlap": -1}, {"overlap": 1e9}, {"signature": "v2"}):
        assert (await gateway.call("POST", path, wrong, token=made["token"]))[0] == 400


async def test_a_webhook_may_be_signed_by_a_key_whose_public_half_verifies(gateway: Gateway):
    made = await gateway.subscribe({"channel": {**HOOK, "signature": "v1a"}}, token=ADMIN)
    assert made["secret"] is None
    assert made["public_key"].startswith("whpk_")
    _, _, shown = await gateway.call("GET", f"{API}/{made['id']}", token=made["token"])
    assert shown["public_key"] == made["public_key"]
    assert "whsk_" not in str(shown)
    _, _, body = await gateway.call("POST", f"{API}/{made['id']}/secret", {"signature": "v1"}, token=made["token"])
    assert body["secret"].startswith("whsec_")
    held = await kept(gateway, made["id"])
    assert [public_key_of(old.secret) for old in held.old_secrets] == [made["public_key"]]
    refused = {"channel": {**HOOK, "signature": "v1a", "secret": "whsec_" + "QUFB" * 8}}
    assert (await gateway.call("POST", API, refused, token=ADMIN))[0] == 400


async def test_a_webhook_that_moves_takes_no_old_secret_along(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    path, token = f"{API}/{made['id']}", made["token"]
    await gateway.call("PATCH", path, {"channel": {**HOOK, "secret": "whsec_" + "QUFB" * 8}}, token=token)
    assert [old.secret for old in (await kept(gateway, made["id"])).old_secrets] == [made["secret"]]
    await gateway.call("PATCH", path, {"channel": {**HOOK, "url": HOOK["url"] + "/other"}}, token=ADMIN)
    assert (await kept(gateway, made["id"])).old_secrets == ()


async def test_a_test_is_asked_of_the_notifier(gateway: Gateway):
    made = await gateway.subscribe({"channel": push()})
    status, _, body = await gateway.call("POST", f"{API}/{made['id']}/test", token=made["token"])
    [batch] = await asked(gateway)
    assert (status, batch.kind, batch.channel, batch.subscriptions) == (202, "test", "webpush", (made["id"],))
    assert body["delivery"] == delivery_id(made["id"], batch.event_id)


async def waiting(gateway: Gateway) -> list[tuple[int, DeliveryBatch]]:
    """(due time in ms, batch) of what waits for its time, in the order in which it falls due."""
    found = await gateway.redis.zrange(retries_key("{d0}"), 0, -1, withscores=True)
    return [(int(due), decode(await gateway.redis.hget(waiting_key("{d0}"), name))) for name, due in found]


async def logged(gateway: Gateway, subscription: str, **fields: Any) -> str:
    told = {"event_id": f"evt_{'0' * 32}", "kind": "entry.created", "status": "failed", "attempt": 3, "at": 1.0}
    record = DeliveryRecord(id=delivery_id(subscription, (told | fields)["event_id"]), **told | fields)
    writes = record_write("{d0}", subscription, record)
    if record.status == "failed":
        writes += failed_writes("{d0}", subscription, failed(record), record.at)
    await write_all(gateway.redis, writes)
    return record.id


def failed(record: DeliveryRecord) -> FailedDelivery:
    return FailedDelivery(record.event_id, record.kind, record.attempt)


async def test_a_delivery_is_shown_and_tried_again_under_its_own_id(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    other = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    delivery = await logged(gateway, made["id"])
    _, _, body = await gateway.call("GET", f"{API}/{made['id']}/deliveries", token=made["token"])
    assert [(one["id"], one["status"], one["attempt"]) for one in body["deliveries"]] == [(delivery, "failed", 3)]
    path = f"/api/v1/deliveries/{delivery}/retry"
    assert (await gateway.call("POST", path, token=other["token"]))[0] == 401
    assert (await gateway.call("POST", path))[0] == 401
    assert await waiting(gateway) == []
    status, _, body = await gateway.call("POST", path, token=made["token"])
    assert (status, body["delivery"]) == (202, delivery)
    [(due, batch)] = await waiting(gateway)
    assert (due, batch.event_id, batch.kind, batch.attempt) == (ASKED, f"evt_{'0' * 32}", "entry.created", 4)
    assert delivery_id(made["id"], batch.event_id) == delivery
    _, _, body = await gateway.call("POST", f"{API}/{made['id']}/recover", SINCE, token=made["token"])
    assert body["deliveries"] == [], "what was asked for is not asked for again"


async def test_deliveries_come_a_page_at_a_time(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    names = [await logged(gateway, made["id"], event_id=f"evt_{number:032}") for number in range(3)]
    path = f"{API}/{made['id']}/deliveries"
    _, _, first = await gateway.call("GET", f"{path}?limit=2", token=made["token"])
    assert ([one["id"] for one in first["deliveries"]], first["next"]) == (names[:0:-1], names[1])
    _, _, last = await gateway.call("GET", f"{path}?limit=2&cursor={first['next']}", token=made["token"])
    assert ([one["id"] for one in last["deliveries"]], last["next"]) == (names[:1], None)
    for wrong in ("limit=0", "limit=201", "cursor=msg_gone"):
        assert (await gateway.call("GET", f"{path}?{wrong}", token=made["token"]))[0] == 400


async def test_who_has_not_proved_itself_is_told_the_way_out(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK})
    status, _, problem = await gateway.call("POST", f"{API}/{made['id']}/recover", SINCE, token=made["token"])
    assert (status, problem["detail"]) == (409, "The endpoint must first prove itself: POST …/test asks it again.")


async def test_a_try_that_is_asked_for_takes_the_place_of_the_one_that_waits(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    delivery = await logged(gateway, made["id"], status="retrying")
    batch = DeliveryBatch(
        id="evt_w", event_id=f"evt_{'0' * 32}", kind="entry.created", channel="webhook",
        subscriptions=(made["id"],), attempt=4, waited=True,
    )  # fmt: skip
    await write_all(gateway.redis, wait_writes("{d0}", batch, 4_000_000_000_000))
    for _ in range(2):
        path = f"/api/v1/deliveries/{delivery}/retry"
        assert (await gateway.call("POST", path, token=made["token"]))[0] == 202
    [(due, batch)] = await waiting(gateway)
    assert (due, batch.attempt) == (ASKED, 4)


SINCE = {"since": "1970-01-01T00:00:00Z"}


async def test_all_that_failed_since_a_time_is_delivered_again(gateway: Gateway, monkeypatch):
    monkeypatch.setattr("services.gateway.routes.retrying.RECOVERED_AT_ONCE", 2)
    made, other = [await gateway.subscribe({"channel": HOOK}, token=ADMIN) for _ in range(2)]
    deliveries = [await logged(gateway, made["id"], event_id=f"evt_{n:032}", at=float(n)) for n in range(4)]
    path = f"{API}/{made['id']}/recover"
    since = {"since": "1970-01-01T00:00:01Z"}
    assert (await gateway.call("POST", path, since, token=other["token"]))[0] == 401
    assert (await gateway.call("POST", path, {"since": "2000-01-01T00:00:00"}, token=made["token"]))[0] == 400
    _, _, later = await gateway.call("POST", path, {"since": "2999-01-01T00:00:00Z"}, token=made["token"])
    assert later == {"deliveries": [], "more": False}
    assert await waiting(gateway) == []
    status, _, body = await gateway.call("POST", path, since, token=made["token"])
    assert (status, body) == (202, {"deliveries": deliveries[1:3], "more": True})
    _, _, body = await gateway.call("POST", path, since, token=made["token"])
    assert body == {"deliveries": deliveries[3:], "more": False}
    assert [(batch.kind, batch.attempt) for _, batch in await waiting(gateway)] == [("entry.created", 4)] * 3


@pytest.mark.parametrize("delivery", ["rubbish", "msg_", "msg_a_b", "msg_" + "0" * 20 + "_" + "0" * 32])
async def test_an_unknown_delivery_looks_like_anothers(gateway: Gateway, delivery: str):
    assert (await gateway.call("POST", f"/api/v1/deliveries/{delivery}/retry", token="any"))[0] == 401


async def test_a_delivery_that_is_no_longer_kept_says_so(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    delivery = delivery_id(made["id"], f"evt_{'1' * 32}")
    assert (await gateway.call("POST", f"/api/v1/deliveries/{delivery}/retry", token=made["token"]))[0] == 404


async def test_nothing_is_tried_again_for_a_subscription_that_takes_nothing(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    delivery = await logged(gateway, made["id"])
    await gateway.store.update(replace(await kept(gateway, made["id"]), status=DISABLED))
    status, _, problem = await gateway.call("POST", f"/api/v1/deliveries/{delivery}/retry", token=made["token"])
    assert status == 409
    assert "disabled" in problem["detail"]
    assert await waiting(gateway) == []


async def test_a_client_makes_only_so_many(start):
    async with start(subscribe_per_minute=2) as gateway:
        made = await gateway.subscribe({"channel": HOOK})
        assert (await gateway.call("POST", f"{API}/{made['id']}/test", token=made["token"]))[0] == 202
        status, headers, _ = await gateway.call("POST", API, {"channel": HOOK})
        assert status == 429
        assert int(headers["retry-after"]) > 0
        assert (await gateway.call("POST", f"{API}/{made['id']}/test", token=made["token"]))[0] == 429
        await gateway.subscribe({"channel": HOOK}, token=ADMIN)


async def test_there_is_a_most_of_subscriptions(start):
    async with start(max_subscriptions=1) as gateway:
        await gateway.subscribe({"channel": HOOK}, token=ADMIN)
        status, _, problem = await gateway.call("POST", API, {"channel": HOOK}, token=ADMIN)
        assert status == 503
        assert "LIVEBELL_MAX_SUBSCRIPTIONS" in problem["detail"]


async def test_the_operator_lists_all_a_page_at_a_time(gateway: Gateway, monkeypatch):
    monkeypatch.setattr("services.gateway.routes.subscribing.LISTED_AT_ONCE", 3)
    made = {(await gateway.subscribe({"channel": HOOK}, token=ADMIN))["id"] for _ in range(5)}
    assert (await gateway.call("GET", API))[0] == 401
    seen, after = [], ""
    while True:
        _, _, body = await gateway.call("GET", f"{API}?limit=2&cursor={after}", token=ADMIN)
        assert len(body["subscriptions"]) <= 2
        seen += [one["id"] for one in body["subscriptions"]]
        assert not any("secret" in one["channel"] or "token_hash" in one for one in body["subscriptions"])
        if (after := body["next"]) is None:
            break
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5


HOURS = {"from": "22:30", "to": "07:00", "timezone": "Europe/Copenhagen", "urgent_above": 0.8}
WANTED = {"quiet_hours": HOURS, "max_per_hour": 4, "digest": 30, "collapse_story": 90}


async def test_preferences_are_taken_shown_and_taken_back(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK, "preferences": WANTED}, token=ADMIN)
    path, token = f"{API}/{made['id']}", made["token"]
    _, _, seen = await gateway.call("GET", path, token=token)
    assert seen["preferences"] == WANTED
    assert (await kept(gateway, made["id"])).preferences is not None
    _, _, seen = await gateway.call("PATCH", path, {"max_per_hour": 9}, token=token)
    assert seen["preferences"] == WANTED | {"max_per_hour": 9}
    _, _, seen = await gateway.call("PATCH", path, {"preferences": {"digest": 5}}, token=token)
    assert seen["preferences"] == {"digest": 5}
    _, _, seen = await gateway.call("PATCH", path, {"filter": {"words": ["ferry"]}}, token=token)
    assert seen["preferences"] == {"digest": 5}
    _, _, seen = await gateway.call("PATCH", path, {"preferences": {}}, token=token)
    assert seen["preferences"] == {}
    assert (await kept(gateway, made["id"])).preferences is None


async def test_preferences_may_stand_beside_the_filter(gateway: Gateway):
    made = await gateway.subscribe({"channel": HOOK, **WANTED}, token=ADMIN)
    _, _, seen = await gateway.call("GET", f"{API}/{made['id']}", token=made["token"])
    assert seen["preferences"] == WANTED


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"quiet_hours": HOURS | {"timezone": "Europe/Atlantis"}}, "Europe/Copenhagen"),
        ({"quiet_hours": HOURS | {"timezone": "../../etc/passwd"}}, "no time zone"),
        ({"quiet_hours": HOURS | {"timezone": "Europe"}}, "no time zone"),
        ({"quiet_hours": HOURS | {"to": "22:30"}}, "the same time"),
        ({"quiet_hours": HOURS | {"to": "24:00"}}, "quiet_hours.to"),
        ({"quiet_hours": HOURS | {"urgent_above": 2}}, "urgent_above"),
        ({"quiet_hours": {"from": "22:00", "to": "07:00"}}, "timezone"),
        ({"max_per_hour": 0}, "max_per_hour"),
        ({"digest": 100_000}, "digest"),
        ({"collapse_story": "an hour"}, "collapse_story"),
        ({"quite_hours": HOURS}, "quite_hours"),
    ],
)
async def test_preferences_that_cannot_be_kept_to_are_refused_with_the_reason(
    gateway: Gateway, wanted: dict[str, Any], told: str
):
    for body in ({"preferences": wanted}, wanted):
        status, _, problem = await gateway.call("POST", API, {"channel": HOOK, **body}, token=ADMIN)
        assert (status, told in problem["detail"]) == (400, True), problem


async def test_a_filter_is_explained_by_whichever_notifier_answers(gateway: Gateway):
    caught = Caught(
        event="evt_1", source="ferry", change="created", seen=1.8e9, title="Ferry late", url=None, entry="e1",
        conditions=(Reason(condition="words", asked=["ferry"], found=("ferry",), holds=True),),
    )  # fmt: skip

    async def notifier() -> None:
        question = await EXPLAIN.next(gateway.redis, block=5)
        assert question is not None
        assert question.filter.words == ("ferry",)
        found = Explanation(examined=9, matched=1, quiet=2, complete=True, caught=(caught,))
        await answer(gateway.redis, question, found)

    asked = gateway.call("POST", "/api/v1/explain", {"filter": {"words": ["ferry"]}})
    (status, _, body), _ = await asyncio.gather(asked, notifier())
    assert (status, body["examined"], body["matched"]) == (200, 9, 1)
    assert body["caught"][0]["conditions"][0]["found"] == ["ferry"]


async def test_a_filter_that_can_never_match_is_not_explained(gateway: Gateway):
    status, _, problem = await gateway.call("POST", "/api/v1/explain", {"filter": {"words": ["!"]}})
    assert (status, "no word" in problem["detail"]) == (400, True)


async def test_apprise_is_for_the_operators_own_subscriptions(gateway: Gateway):
    channel = {"type": "apprise", "url": "ntfy://token@ntfy.example/topic"}
    status, _, problem = await gateway.call("POST", API, {"channel": channel})
    assert (status, "operator" in problem["detail"]) == (403, True)
    made = await gateway.subscribe({"channel": channel}, token=ADMIN)
    assert (made["status"], made["secret"]) == ("active", None)
    path, token = f"{API}/{made['id']}", made["token"]
    _, _, shown = await gateway.call("GET", path, token=token)
    assert shown["channel"] == {"type": "apprise", "url": "ntfy://…"}
    assert (await gateway.call("PATCH", path, {"channel": channel}, token=token))[0] == 403
    assert (await gateway.call("POST", f"{path}/secret", token=token))[0] == 400
