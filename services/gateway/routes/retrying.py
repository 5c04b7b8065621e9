"""Deliveries made again, each under its own id: one, or all that failed since a time."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.params import FromPath, JSONBody

from services.gateway.admission import not_active, within_allowance
from services.gateway.http.access import require_owner
from services.gateway.http.given import GivenAllowance, GivenRedis, GivenSettings, GivenStore
from services.gateway.http.problems import ProblemError
from services.gateway.requests import VERIFICATION, ask_again
from services.gateway.shapes import Asked, Recover, Recovered
from shared.deliveries.log import FailedDelivery, deliveries_of, delivery_id as id_of, delivery_parts, failed_of
from shared.deliveries.waiting import ASKED
from shared.keys import subscriber_partition
from shared.subscriptions.record import ACTIVE, PENDING

RECOVERED_AT_ONCE = 1000


@post("/api/v1/deliveries/{delivery_id:str}/retry", status_code=202, tags=("subscriptions",), summary="Deliver again")
async def retry_delivery(
    request: Request[Any, Any, Any],
    delivery_id: FromPath[str],
    store: GivenStore,
    redis: GivenRedis,
    settings: GivenSettings,
    allowance: GivenAllowance,
) -> Asked:
    parts = delivery_parts(delivery_id)
    owned = require_owner(request, await store.get(parts[0]) if parts else None, settings.admin_token)
    tag = subscriber_partition(owned.id, settings.subscriber_partitions)
    record = next((one for one in await deliveries_of(redis, tag, owned.id) if one.id == delivery_id), None)
    if record is None:
        raise ProblemError(404, "This delivery is no longer kept: only the latest of a subscription are.")
    if owned.status != (PENDING if record.kind == VERIFICATION else ACTIVE):
        raise ProblemError(409, f"The subscription is {owned.status}: it takes no delivery of this kind now.")
    within_allowance(request, settings, allowance)
    again = FailedDelivery(record.event_id, record.kind, record.attempt)
    await ask_again(redis, tag, owned, [again], due_ms=ASKED)
    return Asked(delivery=delivery_id)


@post(
    "/api/v1/subscriptions/{subscription_id:str}/recover",
    status_code=202,
    tags=("subscriptions",),
    summary="Deliver again all that failed since a time; what failed is kept for five days",
)
async def recover(
    request: Request[Any, Any, Any],
    subscription_id: FromPath[str],
    data: JSONBody[Recover],
    store: GivenStore,
    redis: GivenRedis,
    settings: GivenSettings,
    allowance: GivenAllowance,
) -> Recovered:
    owned = require_owner(request, await store.get(subscription_id), settings.admin_token)
    if owned.status != ACTIVE:
        raise not_active(owned)
    within_allowance(request, settings, allowance)
    tag = subscriber_partition(owned.id, settings.subscriber_partitions)
    lost = await failed_of(redis, tag, owned.id, data.since.timestamp(), RECOVERED_AT_ONCE + 1)
    more, lost = len(lost) > RECOVERED_AT_ONCE, lost[:RECOVERED_AT_ONCE]
    await ask_again(redis, tag, owned, lost, due_ms=ASKED + 1)
    return Recovered(deliveries=[id_of(owned.id, one.event_id) for one in lost], more=more)
