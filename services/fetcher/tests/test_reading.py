from __future__ import annotations

from hypothesis import given, strategies as st

from services.fetcher.reading import ARRIVALS, MOST_MORE, MOST_MOVES, moves_no_further, told_after
from shared.messages import PageRead, Passed
from shared.sources.fetch_state import Told
from shared.sources.record import Source

DAY = "https://news.example/quake/day-{}"
QUAKE = Source(id="quake", url=DAY.format(1))
SEEN = 1_795_000_000.0


def read(seq: int, *, seen: float = SEEN, source: str = "quake", **told: object) -> PageRead:
    return PageRead(source=source, seq=seq, passed=Passed(seen=seen), **told)  # type: ignore[arg-type]


def after(*reads: PageRead, source: Source = QUAKE) -> Told:
    told = Told()
    for one in reads:
        told = told_after(source, told, one)
    return told


def test_a_closing_is_dated_when_it_was_first_seen_and_ends_with_a_reopening() -> None:
    closed = after(read(1, live=True), read(2, live=False), read(3, live=False, seen=SEEN + 60))
    assert (closed.live, closed.closed_since) == (False, SEEN)
    assert told_after(QUAKE, closed, read(4)).closed_since == SEEN, "a page that does not say leaves it"
    assert told_after(QUAKE, closed, read(4, live=True)).closed_since == 0


def test_an_older_page_tells_nothing() -> None:
    told = after(read(5, live=True))
    assert told_after(QUAKE, told, read(4, live=False)) is told
    assert told_after(QUAKE, told, read(5, live=False)) is told


def test_a_move_is_followed_under_the_same_source() -> None:
    told = after(
        read(1, live=True, newest=SEEN - 60, created=9, more=(DAY.format(0),), poll_url="https://news.example/poll"),
        read(2, live=False, next_url=DAY.format(2) + "#top"),
    )
    assert told.at == DAY.format(2)
    assert (told.live, told.closed_since, told.more, told.poll_url) == (None, 0, (), ""), "of the blog that was left"
    assert (told.arrivals, told.moved_since) == ((SEEN - 60,), SEEN)


def test_a_move_back_is_ignored() -> None:
    there = after(read(1, next_url=DAY.format(2)))
    for back in (DAY.format(1), DAY.format(2), DAY.format(1) + "#x"):
        assert told_after(QUAKE, there, read(2, next_url=back)).at == DAY.format(2)
    further = told_after(QUAKE, there, read(2, next_url=DAY.format(3)))
    assert further.at == DAY.format(3)
    assert told_after(QUAKE, further, read(3, next_url=DAY.format(2))).at == DAY.format(3)


def test_a_chain_of_moves_has_an_end() -> None:
    told = after(*(read(n, next_url=DAY.format(n + 1)) for n in range(1, MOST_MOVES + 10)))
    assert told.at == DAY.format(MOST_MOVES + 1)
    beyond = read(9999, next_url=DAY.format("last"))
    assert moves_no_further(QUAKE, told, beyond)
    assert not moves_no_further(QUAKE, after(read(1)), beyond)


def test_what_is_no_web_address_is_not_followed() -> None:
    for odd in ("", "javascript:alert(1)", "file:///etc/passwd", "https://news.example/" + "x" * 3000):
        told = after(read(1, next_url=odd, poll_url=odd, more=(odd,)))
        assert (told.at, told.poll_url, told.more) == ("", "", ())


def test_what_was_told_of_another_address_counts_for_nothing() -> None:
    told = after(read(1, live=False, next_url=None))
    changed = Source(id="quake", url="https://other.example/live")
    assert told_after(changed, told, read(1, live=True)) == Told(of=changed.url, seq=1, live=True)


def test_entries_arrive_when_the_newest_does() -> None:
    told = after(read(1, newest=SEEN - 300, created=400))
    assert told.arrivals == (SEEN - 300,), "the history of the blog came at once"
    told = told_after(QUAKE, told, read(2, newest=SEEN - 60, created=2))
    assert told.arrivals == (SEEN - 60, SEEN - 60, SEEN - 300)
    told = told_after(QUAKE, told, read(3, newest=SEEN - 60, created=30))
    assert told.arrivals == (SEEN - 60, SEEN - 60, SEEN - 300), "paging back brings old ones"


def test_an_entry_from_the_future_came_when_it_was_seen() -> None:
    far = 253_402_300_799.0
    told = after(read(1, newest=far, created=1), read(2, newest=far, created=1, seen=SEEN + 15))
    assert told.arrivals == (SEEN + 15, SEEN)


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 4e9), st.booleans()), max_size=30))
def test_whatever_pages_tell_is_bounded(pages: list[tuple[int, float, bool]]) -> None:
    told = after(
        *(
            read(n, created=created, newest=newest, live=live, more=tuple(DAY.format(f"{n}-{m}") for m in range(20)))
            for n, (created, newest, live) in enumerate(pages, 1)
        )
    )
    assert len(told.arrivals) <= ARRIVALS
    assert list(told.arrivals) == sorted(told.arrivals, reverse=True)
    assert all(at <= SEEN for at in told.arrivals)
    assert len(told.more) <= MOST_MORE
