from __future__ import annotations

import zstandard
from msgspec.structs import replace

from services.fetcher.outcome import Changed, Failed, Unchanged
from services.fetcher.progress import advanced, health_messages, page_message
from services.fetcher.reasons import Reason
from shared.messages import PageFetched, SourceHealth, decode
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source

FLOOD = Source(id="flood", url="https://news.example/flood", timezone="Europe/Berlin")
PAGE = Changed(
    url="https://news.example/flood/live",
    body=b"<p>Water at 5.82 m</p>" * 100,
    wire_hash="w1",
    body_hash="ab12",
    content_type="text/html",
    etag='"1"',
    last_modified="",
    seen=1000.5,
)
SAME = Unchanged(wire_hash="w2", etag='"2"', last_modified="today", seen=1015.0)


def failure(seen: float, reason: Reason = Reason.TIMEOUT) -> Failed:
    return Failed(reason=reason, seen=seen)


def after(*outcomes: Changed | Unchanged | Failed) -> tuple[FetchState, list[SourceHealth]]:
    """The state after the outcomes, and what was told meanwhile."""
    state = FetchState()
    told: list[SourceHealth] = []
    for outcome in outcomes:
        new = advanced(FLOOD, state, outcome, now_ms=7000, failing_after=3)
        for body in health_messages(FLOOD, state, new, outcome):
            message = decode(body)
            assert isinstance(message, SourceHealth)
            told.append(message)
        state = new
    return state, told


def test_pages_are_numbered_from_the_moment_of_the_first() -> None:
    assert after(PAGE)[0].seq == 7001
    assert after(PAGE, PAGE, SAME, failure(2000), PAGE)[0].seq == 7003
    assert after(SAME, failure(2000))[0].seq == 0


def test_a_source_that_was_removed_and_added_again_numbers_above_its_past() -> None:
    old, _ = after(*[PAGE] * 20)
    new = advanced(FLOOD, FetchState(), PAGE, now_ms=8000, failing_after=3)
    assert new.seq > old.seq
    assert replace(new, parsed_seq=old.seq).unread == 1


def test_a_page_is_remembered_by_its_address_validators_and_hash() -> None:
    state, _ = after(PAGE)
    assert state == FetchState(
        url=FLOOD.url,
        etag='"1"',
        wire_hash="w1",
        body_hash="ab12",
        seq=7001,
        seq_base=7000,
        published_at=1000.5,
        last_ok=1000.5,
        final="https://news.example/flood/live",
        watched_since=1000.5,
    )


def test_an_unchanged_page_brings_new_validators_and_keeps_the_rest() -> None:
    state, _ = after(PAGE, SAME)
    assert (state.etag, state.last_modified, state.wire_hash, state.last_ok) == ('"2"', "today", "w2", 1015.0)
    assert (state.body_hash, state.seq, state.published_at) == ("ab12", 7001, 1000.5)


def test_a_failure_leaves_what_is_known_and_says_since_when_and_why() -> None:
    state, told = after(PAGE, failure(2000), failure(2030, Reason.NOT_FOUND))
    assert (state.failures, state.failing_since, state.reason) == (2, 2000, "not_found")
    assert (state.etag, state.body_hash, state.seq) == ('"1"', "ab12", 7001)
    assert told == []


def test_failing_is_told_once_with_its_beginning_and_reason() -> None:
    _, told = after(*[failure(2000 + n, Reason.GONE) for n in range(10)])
    assert [(health.change, health.since) for health in told] == [("failing", 2000)]
    assert "410" in told[0].reason
    assert told[0].passed.seen == 2002


def test_a_recovery_is_told_once_and_only_of_a_failing_that_was_told() -> None:
    state, told = after(PAGE, *[failure(2000 + n) for n in range(5)], SAME, SAME)
    assert [(health.change, health.since) for health in told] == [("failing", 2000), ("recovered", 1015.0)]
    assert (state.failures, state.failing_since, state.reason, state.reported) == (0, 0.0, "", False)
    assert after(failure(2000), failure(2001), PAGE)[1] == []


def test_each_failing_has_ids_of_its_own() -> None:
    first = [failure(2000)] * 3
    second = [failure(3000)] * 3
    _, told = after(*first, PAGE, *second, PAGE)
    assert len({health.id for health in told}) == 4
    assert [health.id for health in after(*first, PAGE)[1]] == [health.id for health in told[:2]]


def test_the_page_message_carries_the_page() -> None:
    message = decode(page_message(FLOOD, PAGE, 7001))
    assert isinstance(message, PageFetched)
    assert (message.source, message.url, message.seq) == ("flood", PAGE.url, 7001)
    assert zstandard.ZstdDecompressor().decompress(message.body) == PAGE.body
    assert message.body_size == len(PAGE.body)
    assert len(message.body) < 100
    assert (message.content_type, message.timezone, message.passed.seen) == ("text/html", "Europe/Berlin", 1000.5)
