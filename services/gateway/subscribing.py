"""/api/v1/subscriptions: subscribe, look, change, leave, test; and what was delivered."""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, delete, get, patch, post
from litestar.di import Provide
from litestar.params import Parameter
from msgspec import Meta, Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from services.gateway.access import (
    Allowance,
    client_address,
    is_operator,
    new_token,
    require_operator,
    require_owner,
    token_hash,
)
from services.gateway.endpoints import check_webhook, check_webpush
from services.gateway.problems import ProblemError
from services.gateway.requests import ask_retry, ask_test, ask_verification
from services.gateway.settings import Settings
from shared.contradictions import contradiction
from shared.delivery_log import DeliveryRecord, deliveries_of, delivery_parts
from shared.guard import Guard
from shared.keys import subscriber_partition
from shared.subscription_store import ConflictError, SubscriptionStore
from shared.subscriptions import (
    ACTIVE,
    PENDING,
    Channel,
    Filter,
    Subscription,
    WebhookChannel,
    WebPushChannel,
)
from shared.webhook_secrets import generate_secret

LISTED = 200


class NewSubscription(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    channel: Channel
    filter: Filter = Filter()


class ChangedSubscription(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given replaces what was; what is left out stays."""

    channel: Channel | None = None
    filter: Filter | None = None
    status: Annotated[str, Meta(pattern="^(active|paused)$")] | None = None


class MadeSubscription(Struct, frozen=True, kw_only=True):
    """`token` and `secret` are told here and never again; `secret` is null for a browser's push."""

    id: str
    token: str
    secret: str | None
    status: str


class ShownSubscription(Struct, frozen=True, kw_only=True):
    id: str
    channel: dict[str, Any]
    filter: Filter
    status: str
    status_reason: str | None
    created_at: float


class Asked(Struct, frozen=True, kw_only=True):
    """The delivery that was asked for, to be found among the subscription's deliveries."""

    delivery: str


class NewSecret(Struct, frozen=True, kw_only=True):
    secret: str


class Subscriptions(Struct, frozen=True, kw_only=True):
    subscriptions: list[ShownSubscription]
    next: str | None


class Deliveries(Struct, frozen=True, kw_only=True):
    deliveries: list[DeliveryRecord]


async def provide_owned(
    request: Request[Any, Any, Any], subscription_id: str, store: SubscriptionStore, settings: Settings
) -> Subscription:
    return require_owner(request, await store.get(subscription_id), settings.admin_token)


class SubscriptionsController(Controller):
    path = "/api/v1/subscriptions"
    tags = ("subscriptions",)

    @post(summary="Subscribe")
    async def subscribe(
        self,
        request: Request[Any, Any, Any],
        data: NewSubscription,
        store: SubscriptionStore,
        redis: Redis,
        guard: Guard,
        settings: Settings,
        allowance: Allowance,
    ) -> MadeSubscription:
        operator = is_operator(request, settings.admin_token)
        await _admit(request, store, settings, allowance, operator=operator)
        check_filter(data.filter)
        channel = await _checked(data.channel, guard, settings)
        token = new_token()
        proves_itself = isinstance(channel, WebhookChannel) and not operator
        subscription = Subscription(
            id=f"sub_{secrets.token_hex(10)}",
            channel=channel,
            filter=data.filter,
            status=PENDING if proves_itself else ACTIVE,
            token_hash=token_hash(token),
            created_at=time.time(),
        )
        await store.create(subscription)
        if proves_itself:
            await ask_verification(redis, subscription, settings.subscriber_partitions)
        return MadeSubscription(id=subscription.id, token=token, secret=_secret(channel), status=subscription.status)

    @get(summary="List subscriptions (operator)")
    async def list_all(
        self,
        request: Request[Any, Any, Any],
        store: SubscriptionStore,
        settings: Settings,
        after: Annotated[str, Parameter(description="`next` of the page before.")] = "",
    ) -> Subscriptions:
        require_operator(request, settings.admin_token)
        found = sorted([one async for one in store.all() if one.id > after], key=lambda one: one.id)
        more = len(found) > LISTED
        shown = [_shown(one) for one in found[:LISTED]]
        return Subscriptions(subscriptions=shown, next=shown[-1].id if more else None)

    @get("/{subscription_id:str}", dependencies={"owned": Provide(provide_owned)}, summary="Look at a subscription")
    async def show(self, subscription_id: str, owned: Subscription) -> ShownSubscription:
        return _shown(owned)

    @patch("/{subscription_id:str}", dependencies={"owned": Provide(provide_owned)}, summary="Change a subscription")
    async def change(
        self,
        request: Request[Any, Any, Any],
        subscription_id: str,
        data: ChangedSubscription,
        owned: Subscription,
        store: SubscriptionStore,
        redis: Redis,
        guard: Guard,
        settings: Settings,
    ) -> ShownSubscription:
        changed = owned
        if data.filter is not None:
            check_filter(data.filter)
            changed = replace(changed, filter=data.filter)
        if data.status is not None and changed.status != data.status:
            if changed.status == PENDING:
                raise ProblemError(409, "The endpoint must first prove itself: POST …/test asks it again.")
            changed = replace(changed, status=data.status, status_reason=None)
        moved = data.channel is not None and not _same_place(owned.channel, data.channel)
        if data.channel is not None:
            changed = replace(changed, channel=await _checked(data.channel, guard, settings, before=owned.channel))
        proves_itself = moved and isinstance(changed.channel, WebhookChannel)
        proves_itself = proves_itself and not is_operator(request, settings.admin_token)
        if proves_itself:
            changed = replace(changed, status=PENDING, status_reason=None)
        written = await _update(store, changed)
        if proves_itself:
            await ask_verification(redis, written, settings.subscriber_partitions)
        return _shown(written)

    @delete("/{subscription_id:str}", dependencies={"owned": Provide(provide_owned)}, summary="Leave")
    async def leave(self, subscription_id: str, owned: Subscription, store: SubscriptionStore) -> None:
        try:
            await store.delete(owned)
        except ConflictError as error:
            raise _conflict() from error

    @post(
        "/{subscription_id:str}/test",
        dependencies={"owned": Provide(provide_owned)},
        status_code=202,
        summary="Send a test alert; a pending endpoint is asked again to prove itself",
    )
    async def test(
        self,
        subscription_id: str,
        owned: Subscription,
        redis: Redis,
        settings: Settings,
    ) -> Asked:
        if owned.status == PENDING:
            return Asked(delivery=await ask_verification(redis, owned, settings.subscriber_partitions))
        if owned.status != ACTIVE:
            raise ProblemError(409, f"The subscription is {owned.status}: PATCH its status to active first.")
        return Asked(delivery=await ask_test(redis, owned, settings.subscriber_partitions))

    @get(
        "/{subscription_id:str}/deliveries",
        dependencies={"owned": Provide(provide_owned)},
        summary="What became of the latest deliveries",
    )
    async def deliveries(
        self,
        subscription_id: str,
        owned: Subscription,
        redis: Redis,
        settings: Settings,
    ) -> Deliveries:
        tag = subscriber_partition(owned.id, settings.subscriber_partitions)
        return Deliveries(deliveries=await deliveries_of(redis, tag, owned.id))

    @post(
        "/{subscription_id:str}/secret",
        dependencies={"owned": Provide(provide_owned)},
        status_code=200,
        summary="Make a new signing secret; the old one ends at once",
    )
    async def rotate(self, subscription_id: str, owned: Subscription, store: SubscriptionStore) -> NewSecret:
        if not isinstance(owned.channel, WebhookChannel):
            raise ProblemError(400, "Only webhooks are signed with a secret; a browser's push has none.")
        secret = generate_secret()
        await _update(store, replace(owned, channel=replace(owned.channel, secret=secret)))
        return NewSecret(secret=secret)


@post("/api/v1/deliveries/{delivery_id:str}/retry", status_code=202, tags=("subscriptions",), summary="Deliver again")
async def retry_delivery(
    request: Request[Any, Any, Any], delivery_id: str, store: SubscriptionStore, redis: Redis, settings: Settings
) -> Asked:
    parts = delivery_parts(delivery_id)
    owned = require_owner(request, await store.get(parts[0]) if parts else None, settings.admin_token)
    tag = subscriber_partition(owned.id, settings.subscriber_partitions)
    record = next((one for one in await deliveries_of(redis, tag, owned.id) if one.id == delivery_id), None)
    if record is None:
        raise ProblemError(404, "This delivery is no longer kept: only the latest of a subscription are.")
    return Asked(delivery=await ask_retry(redis, owned, record, settings.subscriber_partitions))


def check_filter(wanted: Filter) -> None:
    """Raises ProblemError for a filter that can never match."""
    if reason := contradiction(wanted):
        raise ProblemError(400, f"filter: {reason}")


async def _admit(
    request: Request[Any, Any, Any],
    store: SubscriptionStore,
    settings: Settings,
    allowance: Allowance,
    *,
    operator: bool,
) -> None:
    if not operator and (wait := allowance.take(client_address(request, settings.trusted_proxies))):
        raise ProblemError(
            429, f"Too many subscriptions from here: try again in {wait:.0f} s.", {"Retry-After": str(int(wait) + 1)}
        )
    if await store.count() >= settings.max_subscriptions:
        raise ProblemError(
            503, "No more subscriptions are taken here: the operator can raise LIVEBELL_MAX_SUBSCRIPTIONS."
        )


async def _checked(channel: Channel, guard: Guard, settings: Settings, before: Channel | None = None) -> Channel:
    if isinstance(channel, WebPushChannel):
        await check_webpush(channel, guard, settings.push_hosts)
        return channel
    await check_webhook(channel, guard)
    kept = before.secret if isinstance(before, WebhookChannel) else None
    return replace(channel, secret=channel.secret or kept or generate_secret())


async def _update(store: SubscriptionStore, changed: Subscription) -> Subscription:
    try:
        return await store.update(changed)
    except ConflictError as error:
        raise _conflict() from error


def _conflict() -> ProblemError:
    return ProblemError(409, "The subscription was changed meanwhile: read it and try again.")


def _same_place(one: Channel, other: Channel | None) -> bool:
    return isinstance(one, WebhookChannel) and isinstance(other, WebhookChannel) and one.url == other.url


def _secret(channel: Channel) -> str | None:
    return channel.secret if isinstance(channel, WebhookChannel) else None


def _shown(subscription: Subscription) -> ShownSubscription:
    """Without what only its owner was told once."""
    channel = msgspec.to_builtins(subscription.channel)
    channel.pop("secret", None)
    channel.pop("keys", None)
    return ShownSubscription(
        id=subscription.id,
        channel=channel,
        filter=subscription.filter,
        status=subscription.status,
        status_reason=subscription.status_reason,
        created_at=subscription.created_at,
    )
