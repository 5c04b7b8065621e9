from __future__ import annotations

from msgspec.structs import replace

from services.fetcher.asking import MOST_PAGED, PAGE_EVERY, Ask, Kind, followed, further, next_ask, origin
from services.fetcher.outcome import Changed, Failed, Outcome, Unchanged
from services.fetcher.progress import MOST_ENDPOINT_REST, advanced, advanced_aside
from services.fetcher.reasons import Reason
from shared.sources.fetch_state import FetchState, Told
from shared.sources.record import Source

SITE = "https://news.example"
QUAKE = Source(id="quake", url=f"{SITE}/quake")
PAGE = Changed(
    url=f"{SITE}/quake",
    body=b"page",
    wire_hash="w",
    body_hash="b",
    content_type=None,
    etag="",
    last_modified="",
    seen=1.0,
)
SAME = Unchanged(wire_hash="w", etag="", last_modified="", seen=2.0)
FAILED = Failed(reason=Reason.SERVER_ERROR, seen=3.0)


def told(**fields: object) -> Told:
    return Told(of=QUAKE.url, **fields)  # type: ignore[arg-type]


def step(state: FetchState, known: Told, outcome: Outcome) -> tuple[Ask, FetchState]:
    ask = next_ask(QUAKE, state, known)
    if ask.kind is Kind.PAGE:
        return ask, advanced(QUAKE, state, outcome, now_ms=7000, failing_after=3)
    return ask, advanced_aside(QUAKE, state, outcome, ask.kind, ask.url, now_ms=7000)


def steps(known: Told, *outcomes: Outcome) -> list[Ask]:
    """What is asked for, one after another, once the page was had."""
    state = advanced(QUAKE, FetchState(), PAGE, now_ms=7000, failing_after=3)
    asked = []
    for outcome in outcomes:
        ask, state = step(state, known, outcome)
        asked.append(ask)
    return asked


def test_the_page_is_asked_for_where_nothing_else_is_told() -> None:
    assert steps(told(), SAME, FAILED, SAME) == [Ask(Kind.PAGE, QUAKE.url)] * 3


def test_a_blog_that_moved_is_asked_for_at_its_new_address() -> None:
    assert followed(QUAKE, told(at=f"{SITE}/quake-2")).url == f"{SITE}/quake-2"
    assert followed(QUAKE, told()) is QUAKE
    assert followed(QUAKE, Told(of="https://old.example/", at="https://old.example/2")) is QUAKE


def test_further_pages_come_between_looks_at_the_page_each_once() -> None:
    more = tuple(f"{SITE}/quake?page={n}" for n in (2, 3))
    asked = steps(told(more=more), *[SAME] * 6)
    assert [ask.url for ask in asked] == [more[0], QUAKE.url, more[1], QUAKE.url, QUAKE.url, QUAKE.url]
    assert asked[0].kind is Kind.MORE


def test_a_further_page_that_fails_is_not_asked_for_again() -> None:
    asked = steps(told(more=(f"{SITE}/2",)), FAILED, *[SAME] * 5)
    assert [ask.url for ask in asked].count(f"{SITE}/2") == 1


def test_so_many_further_pages_and_no_more() -> None:
    more = tuple(f"{SITE}/quake?page={n}" for n in range(2, 2 * MOST_PAGED))
    asked = steps(told(more=more), *[SAME] * 4 * MOST_PAGED)
    assert sum(ask.kind is Kind.MORE for ask in asked) == MOST_PAGED


def test_a_blog_that_moved_has_further_pages_of_its_own() -> None:
    state = FetchState(url=QUAKE.url, paged=("x",) * MOST_PAGED, paged_of=f"{SITE}/before")
    assert further(QUAKE, state, told(more=(f"{SITE}/2",))) == f"{SITE}/2"


def test_no_other_site_is_asked() -> None:
    for odd in ("https://other.example/2", "http://news.example/2", f"{SITE}:8443/2", "https://[broken/"):
        assert {ask.kind for ask in steps(told(more=(odd,), poll_url=odd), *[SAME] * 4)} == {Kind.PAGE}
    away = replace(PAGE, url="https://www.news.example/quake")
    state = advanced(QUAKE, FetchState(), away, now_ms=1, failing_after=3)
    assert further(QUAKE, state, told(more=("https://www.news.example/2",))) is not None, "where the page redirected to"


def test_the_endpoint_takes_the_pages_place_most_of_the_time() -> None:
    poll = f"{SITE}/poll?after=17"
    asked = steps(told(poll_url=poll), *[SAME] * 3 * PAGE_EVERY)
    kinds = [ask.kind for ask in asked]
    assert kinds == ([Kind.ENDPOINT] * (PAGE_EVERY - 1) + [Kind.PAGE]) * 3
    assert asked[0].url == poll


def test_the_page_is_asked_for_where_the_endpoint_fails_and_it_is_tried_ever_less() -> None:
    known = told(poll_url=f"{SITE}/poll")
    state = advanced(QUAKE, FetchState(), PAGE, now_ms=7000, failing_after=3)
    gaps: list[int] = []
    pages = 0
    for _ in range(400):
        ask, state = step(state, known, SAME if next_ask(QUAKE, state, known).kind is Kind.PAGE else FAILED)
        if ask.kind is Kind.PAGE:
            pages += 1
        else:
            gaps.append(pages)
            pages = 0
    assert gaps[:7] == [0, 2, 4, 8, 16, 32, 64]
    assert max(gaps) == MOST_ENDPOINT_REST
    assert state.failures == 0, "that is no failure of the source"


def test_an_endpoint_that_works_again_is_trusted_again() -> None:
    state = FetchState(url=QUAKE.url, endpoint_failures=5)
    after = advanced_aside(QUAKE, state, SAME, Kind.ENDPOINT, f"{SITE}/poll", now_ms=1)
    assert (after.endpoint_failures, after.since_page) == (0, 1)


def test_a_page_that_fails_is_asked_for_itself() -> None:
    known = told(poll_url=f"{SITE}/poll", more=(f"{SITE}/2",))
    failing = FetchState(url=QUAKE.url, failures=1)
    assert next_ask(QUAKE, failing, known).kind is Kind.PAGE


def test_nothing_else_is_asked_before_the_page_was_had_at_its_address() -> None:
    known = told(poll_url=f"{SITE}/poll", more=(f"{SITE}/2",))
    assert next_ask(QUAKE, FetchState(url=f"{SITE}/before"), known).kind is Kind.PAGE


def test_parts_are_numbered_with_the_pages() -> None:
    state = advanced(QUAKE, FetchState(), PAGE, now_ms=7000, failing_after=3)
    part = advanced_aside(QUAKE, state, PAGE, Kind.MORE, f"{SITE}/2", now_ms=9000)
    assert (state.seq, part.seq) == (7001, 7002)
    assert part.body_hash == state.body_hash, "the page's own is kept"
    assert advanced(QUAKE, part, PAGE, now_ms=9000, failing_after=3).seq == 7003


def test_origins() -> None:
    assert origin("https://a.example/x") == origin("https://a.example:443/y")
    assert origin("https://a.example") != origin("http://a.example")
    assert origin("https://[") is None
