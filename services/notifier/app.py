"""The notifier's shell: matches what was enriched, hands it over to the subscribers' slots, and delivers there."""

from __future__ import annotations

import time
from functools import partial

from services.notifier.delivering import Deliverer
from services.notifier.explaining import Explainer
from services.notifier.handover import move_due
from services.notifier.matcher import Matcher
from services.notifier.sending import Sender
from services.notifier.settings import Settings
from services.notifier.subscribers import Subscribers
from services.notifier.vapid import Vapid
from services.notifier.weighing import Weigher, one_by_one
from services.notifier.withheld import Withheld
from shared.guard import Guard
from shared.hop import Handle, Hop
from shared.keys import DELIVERIES, ENRICHED, WEIGHING, key, source_partitions, subscriber_partitions
from shared.outgoing import Outgoing
from shared.push_identity import push_identity
from shared.service import Service
from shared.subscription_store import SubscriptionStore

GROUP = "notifier"
RETRY_SECONDS = 0.25
RETRIES_MOVED = 500
DIGEST_SECONDS = 1.0
CONNECT_SECONDS = 10.0
USER_AGENT = "Livebell (webhooks; https://www.standardwebhooks.com)"


async def run(settings: Settings) -> None:
    service = Service("notifier", settings)
    outgoing = Outgoing(
        Guard(settings.allow_targets),
        plain_http=False,
        user_agent=USER_AGENT,
        total=settings.delivery_timeout,
        connect=min(CONNECT_SECONDS, settings.delivery_timeout),
        read=settings.delivery_timeout,
        at_once=settings.deliveries_at_once,
        at_once_per_host=settings.deliveries_at_once_per_host,
    )
    async with outgoing:
        await service.run(prepare=partial(_declare, service, settings, outgoing))


async def _declare(service: Service, settings: Settings, outgoing: Outgoing) -> None:
    """What reads and repeats, once Redis answers."""
    store = SubscriptionStore(service.redis, settings.subscriber_partitions)
    subscribers = Subscribers(store, settings.subscriber_partitions)
    await subscribers.load()
    vapid = Vapid(await push_identity(service.redis, settings.vapid_private_key), settings.vapid_subject, time.time)
    sender = Sender(
        outgoing, vapid, at_once=settings.deliveries_at_once, at_once_per_host=settings.deliveries_at_once_per_host
    )
    matcher = Matcher(service.redis, subscribers, settings.subscriber_partitions)
    tags = subscriber_partitions(settings.subscriber_partitions)
    deliverers = {
        key(tag, DELIVERIES): Deliverer(
            service.redis, store, sender, tag, schedule=settings.retry_schedule, home=settings.public_url
        )
        for tag in tags
    }

    def hop(stream: str, handle: Handle) -> Hop:
        return Hop(service.redis, stream=stream, group=GROUP, max_attempts=settings.max_attempts, handle=handle)

    service.consume(source_partitions(settings.partitions), ENRICHED, GROUP, lambda stream: hop(stream, matcher.handle))
    withheld = {tag: Withheld(service.redis, tag) for tag in tags}
    weighers = {key(tag, WEIGHING): Weigher(withheld[tag], store, tag) for tag in tags}
    service.consume(tags, WEIGHING, GROUP, lambda stream: one_by_one(hop(stream, weighers[stream].handle)))
    service.consume(
        tags,
        DELIVERIES,
        GROUP,
        lambda stream: hop(stream, deliverers[stream].handle),
        at_once=settings.batches_at_once,
    )
    service.every(0, "explain", Explainer(service.redis, source_partitions(settings.partitions)).follow)
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
