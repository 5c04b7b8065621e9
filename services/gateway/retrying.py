"""/api/v1/deliveries/{id}/retry: one delivery made again, under its own id."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from redis.asyncio import Redis

from services.gateway.access import Allowance, require_owner
from services.gateway.admission import within_allowance
from services.gateway.problems import ProblemError
from services.gateway.requests import VERIFICATION, ask_retry
from services.gateway.settings import Settings
from services.gateway.shapes import Asked
from shared.delivery_log import deliveries_of, delivery_parts
from shared.keys import subscriber_partition
from shared.subscription_store import SubscriptionStore
from shared.subscriptions import ACTIVE, PENDING


@post("/api/v1/deliveries/{delivery_id:str}/retry", status_code=202, tags=("subscriptions",), summary="Deliver again")
async def retry_delivery(
    request: Request[Any, Any, Any],
    delivery_id: str,
    store: SubscriptionStore,
    redis: Redis,
    settings: Settings,
    allowance: Allowance,
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
