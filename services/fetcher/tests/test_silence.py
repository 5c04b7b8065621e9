from __future__ import annotations

from services.fetcher.outcome import Changed, Failed, Outcome, Unchanged
from services.fetcher.progress import advanced
from services.fetcher.reasons import Reason
from services.fetcher.silence import silence_messages
from shared.messages import SourceHealth, decode
from shared.sources.fetch_state import FetchState, Told
from shared.sources.record import Source

STORM = Source(id="storm", url="https://news.example/storm", expect_every=10)
START = 1_795_000_000.0


def same(minute: float) -> Unchanged:
    return Unchanged(wire_hash="w", etag="", last_modified="", seen=START + minute * 60)


def changed(minute: float) -> Changed:
    return Changed(
        url=STORM.url,
        body=b"page",
        wire_hash=str(minute),
        body_hash=str(minute),
        content_type=None,
        etag="",
        last_modified="",
        seen=START + minute * 60,
    )


def entry(minute: float) -> Told:
    return Told(of=STORM.url, seq=1, arrivals=(START + minute * 60,))


class Watch:
    """Polls of a source, and what is told of its silence."""

    def __init__(self, source: Source = STORM) -> None:
        self.source = source
        self.state = FetchState(seq=1)
        self.told: list[tuple[str, float]] = []
        self.ids: list[str] = []

    def poll(self, outcome: Outcome, told: Told) -> None:
        before = self.state
        self.state = advanced(self.source, before, outcome, now_ms=1, failing_after=3, told=told)
        for body in silence_messages(self.source, before, self.state, told):
            health = decode(body)
            assert isinstance(health, SourceHealth)
            self.told.append((health.change, (health.since - START) / 60))
            self.ids.append(health.id)

    def minutes(self, first: int, last: int, told: Told) -> None:
        for minute in range(first, last):
            self.poll(same(minute), told)


def test_silence_is_told_once_and_so_is_its_end() -> None:
    watch = Watch()
    watch.minutes(0, 15, entry(2))
    watch.minutes(15, 40, entry(2))
    assert watch.told == [("silent", 2)]
    watch.minutes(40, 45, entry(39))
    assert watch.told == [("silent", 2), ("recovered", 39)]
    watch.minutes(45, 60, entry(39))
    assert watch.told[2:] == [("silent", 39)]
    assert len(set(watch.ids)) == 3


def test_a_source_that_expects_nothing_is_never_silent() -> None:
    watch = Watch(Source(id="storm", url=STORM.url))
    watch.minutes(0, 600, entry(0))
    assert watch.told == []


def test_a_closed_blog_is_quiet() -> None:
    closed = Told(of=STORM.url, seq=1, arrivals=(START,), closed_since=START + 60)
    watch = Watch()
    watch.minutes(0, 60, closed)
    assert watch.told == []
    watch = Watch()
    watch.minutes(0, 20, entry(0))
    watch.minutes(20, 60, closed)
    assert watch.told == [("silent", 0)], "and its closing is no recovery"


def test_an_old_blog_and_an_outage_of_our_own_count_from_when_we_look() -> None:
    watch = Watch()
    watch.minutes(0, 10, entry(-500))
    assert watch.told == []
    watch.minutes(10, 12, entry(-500))
    assert watch.told == [("silent", 0)]
    watch = Watch()
    watch.minutes(0, 5, entry(4))
    watch.minutes(300, 308, entry(4))
    assert watch.told == []


def test_a_page_that_the_parser_has_not_read_may_hold_an_entry() -> None:
    watch = Watch()
    watch.state = FetchState(seq=2, published_at=START + 10.5 * 60)
    watch.minutes(0, 12, entry(0))
    assert watch.told == []
    watch.minutes(12, 13, entry(0))
    assert watch.told == [("silent", 0)], "what is never heard of held nothing"


def test_a_page_that_differs_each_time_may_be_silent_too() -> None:
    watch = Watch()
    for minute in range(15):
        told = Told(of=STORM.url, seq=watch.state.seq, arrivals=(START,))
        watch.poll(changed(minute), told)
    assert watch.told == [("silent", 0)]


def test_a_failing_source_is_failing_and_not_silent() -> None:
    watch = Watch()
    watch.minutes(0, 5, entry(0))
    for minute in range(5, 60):
        watch.poll(Failed(reason=Reason.TIMEOUT, seen=START + minute * 60), entry(0))
    assert watch.told == []
