"""What must hold before a subscription is taken or changed."""

from __future__ import annotations

from typing import Any

from litestar import Request

from services.gateway.access import Allowance, client_address, is_operator
from services.gateway.endpoints import check_webhook, check_webpush
from services.gateway.problems import ProblemError
from services.gateway.settings import Settings
from services.gateway.signing import signed, told_secret
from shared.contradictions import contradiction
from shared.guard import Guard
from shared.subscription_store import ConflictError, SubscriptionStore
from shared.subscriptions import AppriseChannel, Channel, Filter, Subscription, WebhookChannel, WebPushChannel


def check_filter(wanted: Filter) -> None:
    """Raises ProblemError for a filter that can never match."""
    if reason := contradiction(wanted):
        raise ProblemError(400, f"filter: {reason}")


def within_allowance(request: Request[Any, Any, Any], settings: Settings, allowance: Allowance) -> None:
    """Whatever has us call an endpoint that somebody named counts, since it may be another's."""
    if is_operator(request, settings.admin_token):
        return
    if wait := allowance.take(client_address(request, settings.trusted_proxies)):
        seconds = int(wait) + 1
        raise ProblemError(
            429, f"Too many requests from here: try again in {seconds} s.", {"Retry-After": str(seconds)}
        )


def check_operators_own(request: Request[Any, Any, Any], channel: Channel | None, settings: Settings) -> None:
    """Raises ProblemError where a channel is for the operator's own subscriptions and another asks."""
    if isinstance(channel, AppriseChannel) and not is_operator(request, settings.admin_token):
        raise ProblemError(403, "channel.type apprise is for the operator's own subscriptions: use webhook or webpush.")


async def check_room(store: SubscriptionStore, settings: Settings) -> None:
    if await store.count() >= settings.max_subscriptions:
        raise ProblemError(
            503, "No more subscriptions are taken here: the operator can raise LIVEBELL_MAX_SUBSCRIPTIONS."
        )


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


def conflict() -> ProblemError:
    return ProblemError(409, "The subscription was changed meanwhile: read it and try again.")


def same_place(one: Channel, other: Channel | None) -> bool:
    return isinstance(one, WebhookChannel) and isinstance(other, WebhookChannel) and one.url == other.url


def secret_of(channel: Channel) -> str | None:
    return told_secret(channel) if isinstance(channel, WebhookChannel) else None
