from __future__ import annotations

from hypothesis import given, strategies as st
from redis.asyncio import Redis

from shared.commit import write_all
from shared.delivery_log import (
    DELIVERED,
    KEEP_SECONDS,
    RECORDS_KEPT,
    RETRYING,
    DeliveryRecord,
    deliveries_of,
    delivery_id,
    delivery_parts,
    record_write,
)
from shared.keys import key
from shared.messages import event_id

TAG, SUB = "{d0}", "sub_1"
TRIMMED_BY = 100
"""A server trims whole nodes of a stream, of 100 records each by default."""


def attempt(delivery: str, number: int = 1, status: str = DELIVERED) -> DeliveryRecord:
    return DeliveryRecord(
        id=delivery, event_id="evt_1", kind="entry.created", status=status, attempt=number, at=float(number)
    )


async def test_the_latest_attempt_tells_a_deliverys_state_and_the_latest_delivery_comes_first(redis: Redis) -> None:
    for record in (attempt("msg_1", 1, RETRYING), attempt("msg_2"), attempt("msg_1", 2)):
        await write_all(redis, record_write(TAG, SUB, record))
    await write_all(redis, record_write(TAG, "sub_2", attempt("msg_3")))
    assert await deliveries_of(redis, TAG, SUB) == [attempt("msg_1", 2), attempt("msg_2")]
    assert await deliveries_of(redis, TAG, "sub_none") == []


async def test_the_log_of_a_subscription_is_bounded_in_length_and_time(redis: Redis) -> None:
    for n in range(RECORDS_KEPT + 2 * TRIMMED_BY):
        await write_all(redis, record_write(TAG, SUB, attempt(f"msg_{n}")))
    stream = key(TAG, "deliveries-of", SUB)
    assert await redis.xlen(stream) <= RECORDS_KEPT + TRIMMED_BY
    assert 0 < await redis.ttl(stream) <= KEEP_SECONDS
    found = await deliveries_of(redis, TAG, SUB)
    assert len(found) == RECORDS_KEPT
    assert found[0].id == f"msg_{RECORDS_KEPT + 2 * TRIMMED_BY - 1}"


@given(st.text("0123456789abcdef", min_size=1), st.text(max_size=5))
def test_a_deliverys_id_leads_back_to_its_subscription_and_event(subscription: str, event: str) -> None:
    event = event_id(event)
    delivery = delivery_id(f"sub_{subscription}", event)
    assert delivery_parts(delivery) == (f"sub_{subscription}", event)
    assert "." not in delivery, "Standard Webhooks part what they sign by full stops"


@given(st.text() | st.from_regex(r"msg_[a-z_]*"))
def test_any_text_is_a_deliverys_id_or_none(text: str) -> None:
    parts = delivery_parts(text)
    assert parts is None or (parts[0] != "sub_" and parts[1] != "evt_")
