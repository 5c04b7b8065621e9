"""/api/v1/subscriptions: subscribe, look, change, leave, test; and what was delivered."""

from __future__ import annotations

import heapq
import secrets
import time
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, patch, post
from litestar.di import Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec.structs import replace
from redis.asyncio import Redis

from services.gateway.admission import (
    check_filter,
    check_operators_own,
    checked_channel,
    checked_preferences,
    conflict,
    not_active,
    same_place,
    secret_of,
    update,
    within_allowance,
)
from services.gateway.http.access import is_operator, new_token, require_operator, require_owner, token_hash
from services.gateway.http.conditional import check_match
from services.gateway.http.given import (
    GivenAllowance,
    GivenGuard,
    GivenMeans,
    GivenRedis,
    GivenSettings,
    GivenStore,
    Owned,
)
from services.gateway.http.problems import ProblemError
from services.gateway.requests import ask_test, ask_verification
from services.gateway.settings import Settings
from services.gateway.shapes import (
    Asked,
    ChangedSubscription,
    Deliveries,
    MadeSubscription,
    NewSubscription,
    ShownSubscription,
    Subscriptions,
    shown,
)
from services.gateway.signing import rotated
from shared.deliveries.log import RECORDS_KEPT, deliveries_of, forget_deliveries
from shared.deliveries.waiting import circuits_key
from shared.keys import subscriber_partition
from shared.streams.commit import write_all
from shared.subscriptions.record import ACTIVE, PENDING, Subscription, WebhookChannel, WebPushChannel
from shared.subscriptions.store import ConflictError

LISTED = 200
LISTED_AT_ONCE = 10_000
"""So many are held while all are looked through."""
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="At most so many.")]
Cursor = Annotated[str, QueryParameter(max_length=200, description="`next` of the page before.")]


async def provide_owned(
    request: Request[Any, Any, Any], subscription_id: FromPath[str], store: GivenStore, settings: GivenSettings
) -> Subscription:
    found = require_owner(request, await store.get(subscription_id), settings.admin_token)
    check_match(request, shown(found))
    return found


class SubscriptionsController(Controller):
    path = "/api/v1/subscriptions"
    tags = ("subscriptions",)

    @post(summary="Subscribe")
    async def subscribe(
        self, request: Request[Any, Any, Any], data: JSONBody[NewSubscription], means: GivenMeans
    ) -> MadeSubscription:
        settings = means.settings
        operator = is_operator(request, settings.admin_token)
        within_allowance(request, settings, means.allowance)
        check_operators_own(request, data.channel, settings)
        await means.room.check()
        check_filter(data.filter)
        preferences = checked_preferences(data, None)
        channel = await checked_channel(data.channel, means.guard, settings)
        token = new_token()
        proves_itself = isinstance(channel, WebhookChannel) and not operator
        subscription = Subscription(
            id=f"sub_{secrets.token_hex(10)}",
            channel=channel,
            filter=data.filter,
            preferences=preferences,
            status=PENDING if proves_itself else ACTIVE,
            token_hash=token_hash(token),
            created_at=time.time(),
        )
        await means.store.create(subscription)
        if proves_itself:
            await ask_verification(means.redis, subscription, settings.subscriber_partitions)
        return MadeSubscription(
            id=subscription.id,
            token=token,
            secret=secret_of(channel),
            status=subscription.status,
            public_key=shown(subscription).public_key,
        )

    @get(summary="List subscriptions (operator)")
    async def list_all(
        self,
        request: Request[Any, Any, Any],
        store: GivenStore,
        settings: GivenSettings,
        limit: Limit = LISTED,
        cursor: Cursor = "",
    ) -> Subscriptions:
        require_operator(request, settings.admin_token)
        found: list[Subscription] = []
        async for one in store.all():
            if one.id > cursor:
                found.append(one)
            if len(found) > LISTED_AT_ONCE:
                found = _first(found)
        found = _first(found)
        more = len(found) > limit
        page = [shown(one) for one in found[:limit]]
        return Subscriptions(subscriptions=page, next=page[-1].id if more else None)

    @get("/{subscription_id:str}", dependencies={"owned": Provide(provide_owned)}, summary="Look at a subscription")
    async def show(self, subscription_id: FromPath[str], owned: Owned) -> ShownSubscription:
        return shown(owned)

    @patch("/{subscription_id:str}", dependencies={"owned": Provide(provide_owned)}, summary="Change a subscription")
    async def change(
        self,
        request: Request[Any, Any, Any],
        subscription_id: FromPath[str],
        data: JSONBody[ChangedSubscription],
        owned: Owned,
        store: GivenStore,
        redis: GivenRedis,
        guard: GivenGuard,
        settings: GivenSettings,
        allowance: GivenAllowance,
    ) -> ShownSubscription:
        changed = replace(owned, preferences=checked_preferences(data, owned.preferences))
        if data.filter is not None:
            check_filter(data.filter)
            changed = replace(changed, filter=data.filter)
        if data.status is not None and changed.status != data.status:
            if changed.status == PENDING:
                raise ProblemError(409, "The endpoint must first prove itself: POST …/test asks it again.")
            changed = replace(changed, status=data.status, status_reason=None)
        proves_itself = False
        if data.channel is not None:
            within_allowance(request, settings, allowance)
            check_operators_own(request, data.channel, settings)
            channel = await checked_channel(data.channel, guard, settings, before=owned.channel)
            changed = (
                rotated(changed, channel, time.time(), settings.secret_overlap)
                if isinstance(channel, WebhookChannel)
                else replace(changed, channel=channel, old_secrets=())
            )
            trusted = isinstance(data.channel, WebPushChannel) or is_operator(request, settings.admin_token)
            proves_itself = not trusted and not same_place(owned.channel, data.channel)
            if proves_itself or (trusted and changed.status == PENDING):
                changed = replace(changed, status=PENDING if proves_itself else ACTIVE, status_reason=None)
        written = await update(store, changed)
        if data.status is not None or data.channel is not None:
            await _close_circuit(redis, written, settings)
        if proves_itself:
            await ask_verification(redis, written, settings.subscriber_partitions)
        return shown(written)

    @delete(
        "/{subscription_id:str}",
        dependencies={"owned": Provide(provide_owned)},
        summary="Leave; all that is kept of it is deleted",
    )
    async def leave(
        self,
        subscription_id: FromPath[str],
        owned: Owned,
        store: GivenStore,
        redis: GivenRedis,
        settings: GivenSettings,
    ) -> None:
        try:
            await store.delete(owned)
        except ConflictError as error:
            raise conflict() from error
        await forget_deliveries(redis, subscriber_partition(owned.id, settings.subscriber_partitions), owned.id)
        await _close_circuit(redis, owned, settings)

    @post(
        "/{subscription_id:str}/test",
        dependencies={"owned": Provide(provide_owned)},
        status_code=202,
        summary="Send a test alert; a pending endpoint is asked again to prove itself",
    )
    async def test(
        self,
        subscription_id: FromPath[str],
        request: Request[Any, Any, Any],
        owned: Owned,
        redis: GivenRedis,
        settings: GivenSettings,
        allowance: GivenAllowance,
    ) -> Asked:
        within_allowance(request, settings, allowance)
        if owned.status == PENDING:
            return Asked(delivery=await ask_verification(redis, owned, settings.subscriber_partitions))
        if owned.status != ACTIVE:
            raise not_active(owned)
        return Asked(delivery=await ask_test(redis, owned, settings.subscriber_partitions))

    @get(
        "/{subscription_id:str}/deliveries",
        dependencies={"owned": Provide(provide_owned)},
        summary="What became of the latest deliveries",
    )
    async def deliveries(
        self,
        subscription_id: FromPath[str],
        owned: Owned,
        redis: GivenRedis,
        settings: GivenSettings,
        limit: Limit = RECORDS_KEPT,
        cursor: Cursor = "",
    ) -> Deliveries:
        tag = subscriber_partition(owned.id, settings.subscriber_partitions)
        found = await deliveries_of(redis, tag, owned.id)
        if cursor:
            names = [one.id for one in found]
            if cursor not in names:
                raise ProblemError(400, "cursor: this delivery is no longer kept; begin anew without a cursor.")
            found = found[names.index(cursor) + 1 :]
        page = found[:limit]
        return Deliveries(deliveries=page, next=page[-1].id if len(found) > limit else None)


def _first(found: list[Subscription]) -> list[Subscription]:
    return heapq.nsmallest(LISTED + 1, found, key=lambda one: one.id)


async def _close_circuit(redis: Redis, subscription: Subscription, settings: Settings) -> None:
    """Forgets the endpoint's failures: another one, or one that its owner has mended, starts afresh."""
    tag = subscriber_partition(subscription.id, settings.subscriber_partitions)
    await write_all(redis, [("HDEL", circuits_key(tag), subscription.id)])
