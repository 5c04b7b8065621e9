from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from redis.asyncio import Redis

from shared.deliveries.log import (
    DELIVERED,
    KEEP_SECONDS,
    RECORDS_KEPT,
    RETRYING,
    DeliveryRecord,
    FailedDelivery,
    deliveries_of,
    delivery_id,
    delivery_parts,
    failed_of,
    failed_writes,
    log_key,
    record_write,
    recovered_write,
)
from shared.messages import event_id
from shared.streams.commit import write_all

TAG, SUB = "{d0}", "sub_1"


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
    for n in range(RECORDS_KEPT + 5):
        await write_all(redis, record_write(TAG, SUB, attempt(f"msg_{n}")))
    assert await redis.llen(log_key(TAG, SUB)) == RECORDS_KEPT
    assert 0 < await redis.ttl(log_key(TAG, SUB)) <= KEEP_SECONDS
    found = await deliveries_of(redis, TAG, SUB)
    assert len(found) == RECORDS_KEPT
    assert found[0].id == f"msg_{RECORDS_KEPT + 4}"


async def test_what_was_given_up_is_kept_for_recovery_within_bounds(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.deliveries.log.FAILED_KEPT", 3)
    lost = [FailedDelivery(f"evt_{n}", "entry.created", 10) for n in range(5)]
    for at, one in enumerate(lost):
        await write_all(redis, failed_writes(TAG, SUB, one, float(at)))
    assert await failed_of(redis, TAG, SUB, 0.0, 10) == lost[2:]
    assert await failed_of(redis, TAG, SUB, 3.0, 10) == lost[3:]
    assert await failed_of(redis, TAG, SUB, 0.0, 1) == lost[2:3]
    await write_all(redis, [recovered_write(TAG, SUB, lost[3:])])
    assert await failed_of(redis, TAG, SUB, 0.0, 10) == lost[2:3]


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
