"""The notifier's shell: matches what was enriched, hands it over to the subscribers' slots, and delivers there."""

from __future__ import annotations

import asyncio
from functools import partial

from services.notifier.channels.sending import Sender
from services.notifier.channels.vapid import Vapid
from services.notifier.delivering.circuit_counts import SECONDS as CIRCUIT_SECONDS, count_circuits
from services.notifier.delivering.deliverer import Deliverer
from services.notifier.delivering.handover import move_due
from services.notifier.delivering.origins import Origins
from services.notifier.delivering.sockets import allow_sockets
from services.notifier.delivering.turns import TICK_SECONDS, Turns
from services.notifier.matching.explaining import Explainer
from services.notifier.matching.matcher import Matcher
from services.notifier.matching.subscribers import Subscribers
from services.notifier.preferences.weighing import Weigher, one_by_one
from services.notifier.preferences.withheld import Withheld
from services.notifier.settings import Settings
from shared.channels.push_identity import push_identity
from shared.collector import spare_collector
from shared.keys import DELIVERIES, ENRICHED, WEIGHING, key, source_partitions, subscriber_partitions
from shared.outgoing.client import Outgoing
from shared.outgoing.guard import Guard
from shared.service import Service
from shared.streams.hop import Handle, Hop
from shared.streams.server_clock import SET_SECONDS, ServerClock
from shared.subscriptions.store import SubscriptionStore

GROUP = "notifier"
RETRY_SECONDS = 0.25
RETRIES_MOVED = 500
DIGEST_SECONDS = 1.0
LINGER_SECONDS = 3.0
"""A stopping notifier waits so long for answers that have been slow to come; others come again from their leases."""
CONNECT_SECONDS = 10.0
USER_AGENT = "Livebell (webhooks; https://www.standardwebhooks.com)"


async def run(settings: Settings) -> None:
    service = Service("notifier", settings)
    guard = Guard(settings.allow_targets)
    allow_sockets(settings.deliveries_at_once + settings.slow_deliveries)
    outgoing = Outgoing(
        guard,
        plain_http=False,
        user_agent=USER_AGENT,
        total=settings.delivery_timeout,
        connect=min(CONNECT_SECONDS, settings.delivery_timeout),
        read=None,
        at_once=0,  # the sender's turns decide
        at_once_per_host=0,
    )
    async with outgoing:
        await service.run(prepare=partial(_declare, service, settings, outgoing, guard))


async def _declare(service: Service, settings: Settings, outgoing: Outgoing, guard: Guard) -> None:
    """What reads and repeats, once Redis answers."""
    store = SubscriptionStore(service.redis, settings.subscriber_partitions)
    subscribers = Subscribers(store, settings.subscriber_partitions)
    await subscribers.load()
    spare_collector()
    tags = subscriber_partitions(settings.subscriber_partitions)
    clock = ServerClock(service.redis, tags[0])
    await clock.set()
    service.every(SET_SECONDS, "clock", clock.set)
    service.every(CIRCUIT_SECONDS, "circuits", partial(count_circuits, service.redis, tags))
    vapid = Vapid(await push_identity(service.redis, settings.vapid_private_key), settings.vapid_subject, clock)
    turns = Turns(
        at_once=settings.deliveries_at_once,
        slow=settings.slow_deliveries,
        per_host=settings.deliveries_at_once_per_host,
        per_endpoint=settings.deliveries_at_once_per_endpoint,
        per_second=settings.deliveries_per_second_per_endpoint,
    )
    service.every(TICK_SECONDS, "turns", turns.tick)
    sender = Sender(outgoing, vapid, turns, Origins(clock), guard, settings.push_hosts, clock)
    matcher = Matcher(service.redis, subscribers, settings.subscriber_partitions)
    deliverers = {
        key(tag, DELIVERIES): Deliverer(
            service.redis,
            store,
            sender,
            tag,
            schedule=settings.retry_schedule,
            home=settings.public_url,
            timeout=settings.delivery_timeout,
            disable_after_days=settings.disable_after_days,
            clock=clock,
        )
        for tag in tags
    }

    def hop(stream: str, handle: Handle) -> Hop:
        return Hop(service.redis, stream=stream, group=GROUP, max_attempts=settings.max_attempts, handle=handle)

    service.consume(source_partitions(settings.partitions), ENRICHED, GROUP, lambda stream: hop(stream, matcher.handle))
    withheld = {tag: Withheld(service.redis, tag) for tag in tags}
    weighers = {key(tag, WEIGHING): Weigher(withheld[tag], store, tag, clock) for tag in tags}
    service.consume(tags, WEIGHING, GROUP, lambda stream: one_by_one(hop(stream, weighers[stream].handle)))
    service.consume(
        tags,
        DELIVERIES,
        GROUP,
        lambda stream: hop(stream, deliverers[stream].handle),
        at_once=settings.batches_at_once,
    )
    service.every(0, "explain", Explainer(service.redis, source_partitions(settings.partitions)).follow)
    stopping = asyncio.Event()

    async def linger() -> None:
        await stopping.wait()
        await asyncio.gather(*(deliverer.linger(LINGER_SECONDS) for deliverer in deliverers.values()))

    service.alongside(linger, stopping.set)
    for tag in tags:
        service.every(0, f"subscriptions.{tag}", partial(subscribers.follow, tag))
        service.every(RETRY_SECONDS, f"retries.{tag}", partial(_retry, service, tag))
        service.every(DIGEST_SECONDS, f"digests.{tag}", partial(_call_digests, withheld[tag]))


async def _retry(service: Service, tag: str) -> None:
    while await move_due(service.redis, tag, RETRIES_MOVED) == RETRIES_MOVED:
        pass


async def _call_digests(withheld: Withheld) -> None:
    while await withheld.call_due(RETRIES_MOVED) == RETRIES_MOVED:
        pass
