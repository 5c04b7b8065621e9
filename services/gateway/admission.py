"""What must hold before a subscription is taken or changed."""

from __future__ import annotations

import time
from typing import Any

from litestar import Request

from services.gateway.endpoints import check_webhook, check_webpush
from services.gateway.http.access import Allowance, client_address, is_operator
from services.gateway.http.limits import tell_quota
from services.gateway.http.problems import ProblemError
from services.gateway.settings import Settings
from services.gateway.shapes import ChangedSubscription, NewSubscription, asked_preferences
from services.gateway.signing import signed, told_secret
from shared.outgoing.guard import Guard
from shared.subscriptions.contradictions import contradiction, impossible
from shared.subscriptions.record import (
    PENDING,
    AppriseChannel,
    Channel,
    Filter,
    Preferences,
    Subscription,
    WebhookChannel,
    WebPushChannel,
)
from shared.subscriptions.store import ConflictError, SubscriptionStore

ROOM_SHARE, ROOM_SECONDS = 10, 1.0


def check_filter(wanted: Filter) -> None:
    """Raises ProblemError for a filter that can never match."""
    if reason := contradiction(wanted):
        raise ProblemError(400, f"filter: {reason}")


def checked_preferences(data: NewSubscription | ChangedSubscription, before: Preferences | None) -> Preferences | None:
    """Raises ProblemError for preferences that cannot be kept to."""
    wanted = asked_preferences(data, before)
    if wanted is not None and (reason := impossible(wanted)):
        raise ProblemError(400, f"preferences: {reason}")
    return wanted


def within_allowance(request: Request[Any, Any, Any], settings: Settings, allowance: Allowance) -> None:
    """Whatever has us call an endpoint that somebody named counts, since it may be another's."""
    if is_operator(request, settings.admin_token):
        return
    client = client_address(request, settings.trusted_proxies)
    wait = allowance.take(client)
    tell_quota(request.scope, allowance, client)
    if wait:
        seconds = int(wait) + 1
        raise ProblemError(
            429, f"Too many requests from here: try again in {seconds} s.", {"Retry-After": str(seconds)}
        )


def check_operators_own(request: Request[Any, Any, Any], channel: Channel | None, settings: Settings) -> None:
    """Raises ProblemError where a channel is for the operator's own subscriptions and another asks."""
    if isinstance(channel, AppriseChannel) and not is_operator(request, settings.admin_token):
        raise ProblemError(403, "channel.type apprise is for the operator's own subscriptions: use webhook or webpush.")


class Room:
    """Whether more subscriptions are taken. A tenth of the free room is given out without asking again for a second, so
    that ten gateways that do so at the same time never give out more than there is."""

    def __init__(self, store: SubscriptionStore, most: int) -> None:
        self._store, self._most = store, most
        self._free, self._until = 0, 0.0

    async def check(self) -> None:
        now = time.monotonic()
        if self._free > 0 and now < self._until:
            self._free -= 1
            return
        free = self._most - await self._store.count()
        if free <= 0:
            raise ProblemError(
                503, "No more subscriptions are taken here: the operator can raise LIVEBELL_MAX_SUBSCRIPTIONS."
            )
        self._free, self._until = free // ROOM_SHARE, now + ROOM_SECONDS


async def checked_channel(channel: Channel, guard: Guard, settings: Settings, before: Channel | None = None) -> Channel:
    if isinstance(channel, AppriseChannel):
        return channel
    if isinstance(channel, WebPushChannel):
        await check_webpush(channel, guard, settings.push_hosts)
        return channel
    channel = signed(channel, before if isinstance(before, WebhookChannel) else None)
    await check_webhook(channel, guard)
    return channel


async def update(store: SubscriptionStore, changed: Subscription) -> Subscription:
    try:
        return await store.update(changed)
    except ConflictError as error:
        raise conflict() from error


def not_active(owned: Subscription) -> ProblemError:
    """Why it takes nothing now, and the way out."""
    if owned.status == PENDING:
        return ProblemError(409, "The endpoint must first prove itself: POST …/test asks it again.")
    return ProblemError(409, f"The subscription is {owned.status}: PATCH its status to active first.")


def conflict() -> ProblemError:
    return ProblemError(409, "The subscription was changed meanwhile: read it and try again.")


def same_place(one: Channel, other: Channel | None) -> bool:
    return isinstance(one, WebhookChannel) and isinstance(other, WebhookChannel) and one.url == other.url


def secret_of(channel: Channel) -> str | None:
    return told_secret(channel) if isinstance(channel, WebhookChannel) else None
