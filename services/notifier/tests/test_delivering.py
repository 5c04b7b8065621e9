"""Delivering over a real server to endpoints on loopback: what each is sent, and what becomes of it in Redis."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import http_ece
import pytest
from aiohttp import web
from msgspec.structs import replace
from standardwebhooks import Webhook

from services.notifier.delivering.booking import again
from services.notifier.delivering.circuits import OPENS_AFTER, decode as decode_circuit
from services.notifier.delivering.handover import move_due
from services.notifier.tests.conftest import AUTH, BROWSER, SECRET, TAG, Bench, Endpoints, hang, status, until
from services.notifier.tests.news import enriched
from shared.channels.webhook_secrets import generate_secret
from shared.deliveries.log import delivery_id, failed_of
from shared.deliveries.waiting import circuits_key, wait_writes
from shared.keys import key
from shared.messages import DeliveryBatch, EntryEnriched, encode
from shared.subscriptions.record import DISABLED, PENDING, OldSecret, WebhookChannel


def event(number: int) -> EntryEnriched:
    made = enriched(f"Report {number}", urgency=0.9, alert=f"Report {number}")
    return replace(made, changed=replace(made.changed, id=f"evt_{number:032x}"))


async def test_a_webhook_arrives_signed_and_is_logged(bench: Bench, endpoints: Endpoints) -> None:
    await bench.subscribe("a")
    name = await bench.publish(["sub_a"])
    await bench.work()
    [(_, request, body)] = endpoints.seen["/ok"]
    assert Webhook(SECRET).verify(body, dict(request.headers))["type"] == "entry.created"
    assert request.headers["webhook-id"] == delivery_id("sub_a", name)
    [record] = await bench.log("a")
    assert (record.status, record.response_status, record.attempt) == ("delivered", 204, 1)
    assert await bench.waiting() == {}
    assert await bench.pending() == 0


async def test_both_secrets_verify_while_one_takes_over_and_then_one_alone(bench: Bench, endpoints: Endpoints) -> None:
    old, gone = generate_secret(), generate_secret()
    olds = (OldSecret(secret=old, until=time.time() + 60), OldSecret(secret=gone, until=time.time() - 1))
    await bench.subscribe("a", old_secrets=olds)
    await bench.publish(["sub_a"])
    await bench.work()
    [(_, request, body)] = endpoints.seen["/ok"]
    signatures = request.headers["webhook-signature"].split(" ")
    assert [one[:3] for one in signatures] == ["v1,", "v1,"]
    for secret in (SECRET, old):
        Webhook(secret).verify(body, dict(request.headers))
    with pytest.raises(Exception, match="signature"):
        Webhook(gone).verify(body, dict(request.headers))


@pytest.mark.parametrize("code", [301, 302, 307, 400, 404, 500])
async def test_what_fails_waits_in_redis_and_comes_again_under_its_id(
    bench: Bench, endpoints: Endpoints, code: int
) -> None:
    endpoints.answers["sick"] = status(code, Location=f"{endpoints.base}/ok")
    await bench.subscribe("a", "/sick")
    name = await bench.publish(["sub_a"])
    await bench.work()
    waiting = await bench.waiting()
    assert list(waiting) == [delivery_id("sub_a", name)]
    assert 3.9 <= waiting[delivery_id("sub_a", name)] <= 6
    del endpoints.answers["sick"]
    await bench.come_due()
    await bench.work()
    ids = {request.headers["webhook-id"] for _, request, _ in endpoints.seen["/sick"]}
    assert len(endpoints.seen["/sick"]) == 2
    assert len(ids) == 1
    assert endpoints.count("/ok") == 0, "no redirect is followed"
    assert [one.status for one in await bench.log("a")] == ["delivered"]
    assert await bench.waiting() == {}
    assert not await bench.redis.exists(circuits_key(TAG)), "a success closes the circuit"


async def test_the_schedule_ends_and_what_was_given_up_can_be_recovered(bench: Bench, endpoints: Endpoints) -> None:
    endpoints.answers["sick"] = status(500)
    await bench.subscribe("a", "/sick")
    await bench.publish(["sub_a"])
    while await bench.work():
        await bench.come_due()
    assert endpoints.count("/sick") == 4, "once, and three retries"
    [record] = await bench.log("a")
    assert (record.status, record.attempt, record.error) == ("failed", 4, "answered 500")
    [lost] = await failed_of(bench.redis, TAG, "sub_a", 0.0, 10)
    assert (lost.event_id, lost.kind, lost.attempts) == ("evt_1", "entry.created", 4)


async def test_410_disables_a_webhook_with_the_reason(bench: Bench, endpoints: Endpoints) -> None:
    endpoints.answers["gone"] = status(410)
    await bench.subscribe("a", "/gone")
    await bench.publish(["sub_a"])
    await bench.work()
    held = await bench.store.get("sub_a")
    assert held is not None
    assert (held.status, held.status_reason) == (DISABLED, "The endpoint answered 410: it is gone.")
    assert await bench.waiting() == {}


@pytest.mark.parametrize(("code", "deleted"), [(404, True), (410, True), (400, False), (403, False), (413, False)])
async def test_404_and_410_alone_end_a_browsers_subscription(
    bench: Bench, endpoints: Endpoints, code: int, deleted: bool
) -> None:
    endpoints.answers["push"] = status(code)
    await bench.subscribe("a", channel=bench.browser("/push/1"))
    await bench.publish(["sub_a"], channel="webpush")
    await bench.work()
    assert (await bench.store.get("sub_a") is None) == deleted
    assert await bench.waiting() == {}


async def test_a_push_is_what_the_standards_say(bench: Bench, endpoints: Endpoints) -> None:
    await bench.subscribe("a", channel=bench.browser("/push/1"))
    await bench.publish(["sub_a"], event(1), channel="webpush")
    await bench.work()
    [(_, request, body)] = endpoints.seen["/push/1"]
    plain = http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm")
    told = json.loads(plain)
    assert told["web_push"] == 8030
    assert told["notification"]["title"] == "Report 1"
    assert (request.headers["TTL"], request.headers["Urgency"]) == ("86400", "high")
    assert len(request.headers["Topic"]) == 32


async def test_a_push_service_off_the_list_gets_nothing(make_bench: Callable[..., Bench], endpoints: Endpoints) -> None:
    bench = make_bench(push_hosts=("push.example",))
    channel = replace(bench.browser("/push/1"), endpoint="https://192.0.2.1/push/1")
    await bench.subscribe("a", channel=channel)
    await bench.publish(["sub_a"], channel="webpush")
    await bench.work()
    [record] = await bench.log("a")
    assert "LIVEBELL_PUSH_HOSTS" in (record.error or "")


async def open_circuit(bench: Bench, endpoints: Endpoints) -> None:
    endpoints.answers["sick"] = status(500)
    await bench.subscribe("a", "/sick")
    for number in range(OPENS_AFTER):
        await bench.publish(["sub_a"], event(number))
        await bench.work()
    circuit = decode_circuit(await bench.redis.hget(circuits_key(TAG), "sub_a"))
    assert circuit is not None
    assert circuit.open_until > time.time() * 1000


async def test_an_open_circuit_lets_one_probe_through_and_closes(bench: Bench, endpoints: Endpoints) -> None:
    await open_circuit(bench, endpoints)
    before = endpoints.count("/sick")
    name = await bench.publish(["sub_a"], event(99))
    await bench.work()
    assert endpoints.count("/sick") == before, "nothing is sent while it is open"
    records = {one.id: one for one in await bench.log("a")}
    assert records[delivery_id("sub_a", name)].status == "retrying"
    assert "5 times in a row" in (records[delivery_id("sub_a", name)].error or "")

    await bench.come_due()
    assert await bench.work() == 0, "due, and held up by the circuit"
    assert len(await bench.waiting()) == OPENS_AFTER + 1
    await let_circuit_run_out(bench)
    await bench.come_due()
    assert await bench.work() == 1, "one goes as the probe"
    assert endpoints.count("/sick") == before + 1
    circuit = decode_circuit(await bench.redis.hget(circuits_key(TAG), "sub_a"))
    assert circuit is not None
    assert circuit.opened == 2, "the probe failed"

    del endpoints.answers["sick"]
    await let_circuit_run_out(bench)
    await bench.come_due()
    assert await bench.work() == 1
    assert not await bench.redis.hexists(circuits_key(TAG), "sub_a")
    await bench.come_due()
    assert await bench.work() == OPENS_AFTER
    assert {one.status for one in await bench.log("a")} == {"delivered"}
    assert await bench.waiting() == {}


async def let_circuit_run_out(bench: Bench) -> None:
    raw = await bench.redis.hget(circuits_key(TAG), "sub_a")
    circuit = decode_circuit(raw)
    assert circuit is not None
    from services.notifier.delivering.circuits import Circuit, encode

    past = Circuit(circuit.failures, circuit.since, 1, circuit.opened, circuit.probing)
    await bench.redis.hset(circuits_key(TAG), "sub_a", encode(past))


async def test_replicas_agree_about_a_circuit(make_bench: Callable[..., Bench], endpoints: Endpoints) -> None:
    one, other = make_bench(), make_bench()
    endpoints.answers["sick"] = status(500)
    await one.subscribe("a", "/sick")
    for number in range(20):
        await one.publish(["sub_a"], event(number))
    await asyncio.gather(one.work(), other.work())
    circuit = decode_circuit(await one.redis.hget(circuits_key(TAG), "sub_a"))
    assert circuit is not None
    assert circuit.failures == 20, "no failure is lost between two who count at the same time"
    assert circuit.opened == 1
    await other.publish(["sub_a"], event(99))
    before = endpoints.count("/sick")
    await other.work()
    assert endpoints.count("/sick") == before


async def test_what_somebody_asks_for_goes_at_once_and_once(bench: Bench, endpoints: Endpoints) -> None:
    await open_circuit(bench, endpoints)
    del endpoints.answers["sick"]
    before = endpoints.count("/sick")
    name = event(0).changed.id
    batch = DeliveryBatch(
        id="evt_b", event_id=name, kind="entry.created", channel="webhook", subscriptions=("sub_a",), attempt=2
    )
    for command in wait_writes(TAG, again(batch, ["sub_a"], 0.0), 0):
        await bench.redis.execute_command(*command)
    await move_due(bench.redis, TAG, 100)
    await bench.work()
    assert endpoints.count("/sick") == before + 1
    await bench.come_due()
    await bench.work()
    sent = [request.headers["webhook-id"] for _, request, _ in endpoints.seen["/sick"]]
    assert sent.count(delivery_id("sub_a", name)) == 2, "the first try, and the one asked for: no automatic one after"


async def test_days_of_failure_disable_with_a_notice(bench: Bench, endpoints: Endpoints) -> None:
    await open_circuit(bench, endpoints)
    bench.ahead = 5.1 * 86_400
    await let_circuit_run_out(bench)
    await bench.redis.execute_command("XTRIM", bench.stream, "MAXLEN", 0)
    retries = key(TAG, "retries")
    first = (await bench.redis.zrange(retries, 0, 0))[0]
    await bench.redis.zadd(retries, {first: 1})
    await move_due(bench.redis, TAG, 1)
    await bench.work()
    held = await bench.store.get("sub_a")
    assert held is not None
    assert held.status == DISABLED
    assert held.status_reason is not None
    assert "5.1 days" in held.status_reason
    await bench.come_due(1e9)
    await bench.redis.hdel(circuits_key(TAG), "sub_a")
    await bench.come_due(1e9)
    before = endpoints.count("/sick")
    await bench.work()
    assert endpoints.count("/sick") == before, "a disabled endpoint gets nothing"
    lost = await failed_of(bench.redis, TAG, "sub_a", 0.0, 10)
    assert len(lost) == OPENS_AFTER, "and what waited for it can be recovered"


async def test_an_endpoint_that_asks_for_a_pause_gets_it(bench: Bench, endpoints: Endpoints) -> None:
    endpoints.answers["busy"] = status(429, Retry_After="40")
    await bench.subscribe("a", "/busy")
    first = await bench.publish(["sub_a"], event(1))
    await bench.work()
    await bench.publish(["sub_a"], event(2))
    await bench.work()
    assert endpoints.count("/busy") == 1
    waiting = await bench.waiting()
    assert 38 <= waiting[delivery_id("sub_a", first)] <= 41
    assert all(38 <= wait <= 41 for wait in waiting.values())


async def test_a_push_service_that_asks_for_a_pause_gets_it_and_the_rest_waits_as_one(
    make_bench: Callable[..., Bench], endpoints: Endpoints
) -> None:
    bench = make_bench(per_host=4)
    endpoints.answers["push"] = status(429, Retry_After="30")
    names = []
    for number in range(60):
        await bench.subscribe(f"{number}", channel=bench.browser(f"/push/{number}"))
        names.append(f"sub_{number}")
    await bench.publish(names, channel="webpush")
    await bench.work()
    sent = sum(len(one) for one in endpoints.seen.values())
    assert sent <= 8
    waiting = await bench.waiting()
    assert len(waiting) == sent + 1, "those that were tried each by itself, all others together"
    assert all(wait >= 3.9 for wait in waiting.values())
    assert await bench.pending() == 0
    del endpoints.answers["push"]
    bench.ahead = 31
    await bench.come_due()
    while await bench.work():
        await bench.come_due()
    assert {one.status for n in range(60) for one in await bench.log(f"{n}")} == {"delivered"}


async def test_a_batch_goes_on_without_an_answer_that_takes_long(
    make_bench: Callable[..., Bench], endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.delivering.flights.LEASE_AFTER_SECONDS", 0.2)
    answered = asyncio.Event()

    async def late(_: web.Request) -> web.Response:
        await answered.wait()
        return web.Response(status=204)

    endpoints.answers["late"] = late
    bench = make_bench(total=20.0, timeout=20.0)
    await bench.subscribe("slow", "/late")
    await bench.subscribe("quick")
    name = await bench.publish(["sub_slow", "sub_quick"])
    await asyncio.wait_for(bench.work(linger=0), 2)
    assert await bench.pending() == 0, "the batch is acknowledged"
    [(waiting, due)] = (await bench.waiting()).items()
    assert waiting == delivery_id("sub_slow", name)
    assert 30 <= due <= 35, "longer than the endpoint may take"
    assert [one.status for one in await bench.log("quick")] == ["delivered"]
    assert await bench.log("slow") == []
    answered.set()
    await until(lambda: settled(bench))
    assert [one.status for one in await bench.log("slow")] == ["delivered"]
    assert endpoints.count("/late") == 1


async def settled(bench: Bench) -> bool:
    return not await bench.waiting() and bool(await bench.log("slow"))


async def test_a_lease_brings_back_what_a_dead_process_awaited(
    make_bench: Callable[..., Bench], endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.delivering.flights.LEASE_AFTER_SECONDS", 0.2)
    endpoints.answers["sick"] = hang
    dead, heir = make_bench(total=20.0, timeout=20.0), make_bench()
    await dead.subscribe("slow", "/sick")
    name = await dead.publish(["sub_slow"])
    await dead.work(linger=0)
    for task in dead.deliverer._tasks:
        task.cancel()
    del endpoints.answers["sick"]
    await heir.come_due()
    await heir.work()
    assert [request.headers["webhook-id"] for _, request, _ in endpoints.seen["/sick"]] == [
        delivery_id("sub_slow", name)
    ] * 2
    assert [one.status for one in await heir.log("slow")] == ["delivered"]


async def test_a_batch_that_is_worked_on_again_repeats_nobody_who_was_served(
    bench: Bench, endpoints: Endpoints
) -> None:
    names = [f"sub_{number}" for number in range(100)]
    for number in range(100):
        await bench.subscribe(f"{number}", f"/ok/{number}")
    await bench.publish(names)
    endpoints.answers["ok"] = stop_after(40)
    working = asyncio.create_task(bench.work())
    await until(lambda: served(bench, 40))
    working.cancel()  # the process dies: nothing more is written down
    for task in bench.deliverer._tasks:
        task.cancel()
    await asyncio.gather(working, return_exceptions=True)
    del endpoints.answers["ok"]
    known = await bench.redis.smembers(await progress(bench))
    read = await bench.redis.xreadgroup("notifier", "test", {bench.stream: "0"})
    from shared.streams.consumer import Record

    await bench.hop([Record(i, fields[b"m"]) for _, found in read for i, fields in found])
    assert await bench.pending() == 0
    for number in range(100):
        times = endpoints.count(f"/ok/{number}")
        assert times >= 1
        if f"sub_{number}".encode() in known:
            assert times == 1
    assert not await bench.redis.keys("*:progress:*")


def stop_after(count: int) -> Callable[[web.Request], object]:
    answered = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal answered
        answered += 1
        return web.Response(status=204) if answered <= count else await hang(request)

    return answer


async def progress(bench: Bench) -> bytes:
    found = await bench.redis.keys("*:progress:*")
    return bytes(found[0]) if found else b"none"


async def served(bench: Bench, count: int) -> bool:
    return bool(await bench.redis.scard(await progress(bench)) >= count)


async def test_one_subscription_that_cannot_be_sent_takes_nobody_with_it(bench: Bench, endpoints: Endpoints) -> None:
    await bench.subscribe("odd", channel=WebhookChannel(url=endpoints.base + "/odd", secret="no secret"))
    await bench.subscribe("a")
    await bench.publish(["sub_odd", "sub_a"])
    await bench.work()
    assert [one.status for one in await bench.log("a")] == ["delivered"]
    assert await bench.pending() == 1, "it is tried again, and parked with its reason after a few attempts"


async def test_a_pending_endpoint_says_why_from_the_first_answer_on(bench: Bench, endpoints: Endpoints) -> None:
    endpoints.answers["away"] = status(503)
    await bench.subscribe("a", "/away", status=PENDING)
    batch = DeliveryBatch(
        id="b", event_id="evt_v", kind="endpoint.verification", channel="webhook", subscriptions=("sub_a",)
    )
    await bench.redis.xadd(bench.stream, {"m": encode(batch)})
    await bench.work()
    found = await bench.store.get("sub_a")
    assert found is not None
    assert found.status == PENDING
    assert found.status_reason == "The endpoint has not proved itself: answered 503; it is asked again."
    assert (await bench.log("a"))[0].status == "retrying"
