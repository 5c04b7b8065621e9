from __future__ import annotations

import gzip
import hashlib
import random
import zlib

import pytest
from hypothesis import given, strategies as st

from services.fetcher.outcome import (
    HASH_DIGITS,
    MAX_RETRY_AFTER,
    Answer,
    Changed,
    Failed,
    Outcome,
    Unchanged,
    encodable,
    judge as judge_within,
    retry_after,
)
from services.fetcher.reasons import SENTENCES, Reason
from services.fetcher.request import request_headers
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source

FLOOD = Source(id="flood", url="https://news.example/flood")
LIMIT = 100_000
NOW = 1_795_000_000.0
"""2026-11-18T11:06:40Z"""


PAGE = b"<h1>Elbe rises</h1>"


def judge(source: Source, state: FetchState, given: Answer) -> Outcome:
    return judge_within(source, state, given, most_bytes=LIMIT)


def answer(status: int = 200, body: bytes = PAGE, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    coding = named.pop("coding", "")
    return Answer(
        url="https://news.example/flood/live", status=status, headers=named, coding=coding, body=body, seen=NOW
    )


def known(given: Answer) -> FetchState:
    """The state after the answer was taken in."""
    page = judge(FLOOD, FetchState(), given)
    assert isinstance(page, Changed)
    return FetchState(
        url=FLOOD.url,
        etag=page.etag,
        last_modified=page.last_modified,
        wire_hash=page.wire_hash,
        body_hash=page.body_hash,
    )


def test_a_first_page_is_a_change() -> None:
    page = judge(FLOOD, FetchState(), answer(etag='"1"', last_modified="yesterday", content_type="text/html"))
    assert isinstance(page, Changed)
    assert (page.url, page.body) == ("https://news.example/flood/live", b"<h1>Elbe rises</h1>")
    assert (page.etag, page.last_modified, page.content_type) == ('"1"', "yesterday", "text/html")


def test_the_same_bytes_are_no_change_and_bring_new_validators() -> None:
    same = judge(FLOOD, known(answer(etag='"1"')), answer(etag='"2"'))
    assert isinstance(same, Unchanged)
    assert (same.etag, same.last_modified) == ('"2"', "")


def test_the_same_page_in_another_coding_is_no_change() -> None:
    state = known(answer(body=gzip.compress(PAGE), coding="gzip"))
    same = judge(FLOOD, state, answer(body=zlib.compress(PAGE), coding="deflate"))
    assert isinstance(same, Unchanged)
    assert same.wire_hash != state.wire_hash


def test_the_same_bytes_under_another_coding_are_not_taken_for_the_same_page() -> None:
    packed = gzip.compress(PAGE)
    changed = judge(FLOOD, known(answer(body=packed, coding="gzip")), answer(body=packed))
    assert isinstance(changed, Changed)
    assert changed.body == packed


def test_a_page_that_came_as_before_is_not_unpacked() -> None:
    broken = answer(body=b"no gzip", coding="gzip")
    assert isinstance(judge(FLOOD, FetchState(), broken), Failed)
    state = FetchState(url=FLOOD.url, wire_hash="gzip:" + hashlib.sha256(b"no gzip").hexdigest()[:HASH_DIGITS])
    assert isinstance(judge(FLOOD, state, broken), Unchanged)


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (b"x" * (LIMIT + 1), "", Reason.TOO_LARGE),
        (gzip.compress(random.Random(1).randbytes(LIMIT + 1)), "gzip", Reason.TOO_LARGE),
        (gzip.compress(bytes(100 * LIMIT)), "gzip", Reason.BOMB),
        (gzip.compress(PAGE)[:-9], "gzip", Reason.UNDECODABLE),
        (PAGE, "gzip", Reason.UNDECODABLE),
        (PAGE, "compress\udcff", Reason.UNDECODABLE),
        (PAGE, "gzip, br", Reason.UNDECODABLE),
    ],
    ids=["too large", "too large unpacked", "bomb", "cut off", "not gzip", "unknown", "two"],
)
def test_a_body_that_cannot_be_had_is_named(body: bytes, coding: str, reason: Reason) -> None:
    failed = judge(FLOOD, FetchState(), answer(body=body, coding=coding))
    assert isinstance(failed, Failed)
    assert failed.reason is reason
    failed.detail.encode()


def test_other_bytes_are_a_change_even_under_the_same_etag() -> None:
    assert isinstance(judge(FLOOD, known(answer(etag='"1"')), answer(body=b"<h1>Elbe falls</h1>", etag='"1"')), Changed)


def test_what_was_learnt_from_another_address_counts_for_nothing() -> None:
    moved = Source(id="flood", url="https://news.example/flood-day-2")
    state = known(answer(etag='"1"'))
    assert isinstance(judge(moved, state, answer()), Changed)
    assert "If-None-Match" not in request_headers(moved, state, "gzip")
    assert isinstance(judge(moved, state, answer(status=304, body=b"")), Failed)


def test_not_modified_keeps_the_validators_it_does_not_name() -> None:
    state = known(answer(etag='"1"', last_modified="yesterday"))
    for same, etag in ((answer(304, b""), '"1"'), (answer(304, b"", etag='"2"'), '"2"')):
        assert judge(FLOOD, state, same) == Unchanged(
            wire_hash=state.wire_hash, etag=etag, last_modified="yesterday", seen=NOW
        )


def test_not_modified_without_having_asked_is_a_failure() -> None:
    failed = judge(FLOOD, FetchState(), answer(304, b""))
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.UNEXPECTED_STATUS


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, Reason.NOT_FOUND),
        (410, Reason.GONE),
        (401, Reason.FORBIDDEN),
        (403, Reason.FORBIDDEN),
        (451, Reason.FORBIDDEN),
        (429, Reason.RATE_LIMITED),
        (400, Reason.CLIENT_ERROR),
        (418, Reason.CLIENT_ERROR),
        (500, Reason.SERVER_ERROR),
        (503, Reason.SERVER_ERROR),
        (599, Reason.SERVER_ERROR),
        (204, Reason.UNEXPECTED_STATUS),
        (206, Reason.UNEXPECTED_STATUS),
        (302, Reason.UNEXPECTED_STATUS),
        (999, Reason.UNEXPECTED_STATUS),
    ],
)
def test_each_status_has_its_name(status: int, reason: Reason) -> None:
    failed = judge(FLOOD, FetchState(), answer(status, retry_after="120"))
    assert failed == Failed(reason=reason, seen=NOW, detail=f"status {status}", retry_after=120.0)


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
def test_an_empty_page_is_a_failure_that_leaves_what_is_known(body: bytes) -> None:
    failed = judge(FLOOD, FetchState(), answer(body=body))
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.EMPTY


@pytest.mark.parametrize("hostile", ["x" * 1025, "a\nb", "é", "\udcff", "\x00"])
def test_a_validator_that_cannot_be_sent_back_is_dropped(hostile: str) -> None:
    page = judge(FLOOD, FetchState(), answer(etag=hostile, last_modified=hostile, content_type=hostile * 300))
    assert isinstance(page, Changed)
    assert (page.etag, page.last_modified) == ("", "")
    assert len((page.content_type or "").encode()) <= 1000


def test_asks_with_both_validators() -> None:
    headers = request_headers(FLOOD, known(answer(etag='W/"1"', last_modified="yesterday")), "gzip, br")
    assert headers["If-None-Match"] == 'W/"1"'
    assert headers["If-Modified-Since"] == "yesterday"
    assert headers["Accept-Encoding"] == "gzip, br"


def test_asks_with_the_validator_that_there_is() -> None:
    tagged = request_headers(FLOOD, known(answer(etag='"1"', last_modified="")), "gzip")
    dated = request_headers(FLOOD, known(answer(etag="", last_modified="yesterday")), "gzip")
    assert [tagged.get("If-None-Match"), tagged.get("If-Modified-Since")] == ['"1"', None]
    assert [dated.get("If-None-Match"), dated.get("If-Modified-Since")] == [None, "yesterday"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("99999999999999999999", MAX_RETRY_AFTER),
        ("Wed, 18 Nov 2026 11:08:40 GMT", 120.0),
        ("Wed, 18 Nov 2026 12:08:40 +0100", 120.0),
        ("Wed, 18 Nov 2026 11:08:40", 120.0),
        ("Wed, 18 Nov 2026 10:00:00 GMT", 0.0),
        ("Wed, 18 Nov 9999 10:00:00 GMT", MAX_RETRY_AFTER),
        ("", 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("soon", 0.0),
        ("١٢٠", 0.0),
    ],
)
def test_reads_retry_after(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_a_time_within_bounds(value: str) -> None:
    assert 0 <= retry_after(value, NOW) <= MAX_RETRY_AFTER


@given(st.text())
def test_encodable_text_can_be_encoded(text: str) -> None:
    encodable(text + "\udcff").encode()


def test_every_reason_is_explained_with_what_to_do() -> None:
    assert set(SENTENCES) == set(Reason)
    for sentence in SENTENCES.values():
        assert sentence.endswith(".")
        assert ": " in sentence
