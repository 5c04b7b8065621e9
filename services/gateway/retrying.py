"""Deliveries made again, each under its own id: one, or all that failed since a time."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.params import FromPath, JSONBody

from services.gateway.access import require_owner
from services.gateway.admission import within_allowance
from services.gateway.given import GivenAllowance, GivenRedis, GivenSettings, GivenStore
from services.gateway.problems import ProblemError
from services.gateway.requests import TEST, VERIFICATION, ask_retry
from services.gateway.shapes import Asked, Recover, Recovered
from shared.delivery_log import FAILED, deliveries_of, delivery_parts
from shared.keys import subscriber_partition
from shared.subscriptions import ACTIVE, PENDING


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
    return Asked(delivery=await ask_retry(redis, owned, record, settings.subscriber_partitions))


@post(
    "/api/v1/subscriptions/{subscription_id:str}/recover",
    status_code=202,
    tags=("subscriptions",),
    summary="Deliver again all that failed since a time, as far as it is kept",
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
        raise ProblemError(409, f"The subscription is {owned.status}: PATCH its status to active first.")
    within_allowance(request, settings, allowance)
    tag = subscriber_partition(owned.id, settings.subscriber_partitions)
    lost = [
        record
        for record in reversed(await deliveries_of(redis, tag, owned.id))
        if record.status == FAILED and record.at >= data.since.timestamp() and record.kind not in {VERIFICATION, TEST}
    ]
    asked = [await ask_retry(redis, owned, record, settings.subscriber_partitions) for record in lost]
    return Recovered(deliveries=asked)
