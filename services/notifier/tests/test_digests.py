"""A digest as a webhook gets it and as a browser shows it."""

from __future__ import annotations

import msgspec
import pytest

from services.notifier.preferences.digests import DATA_BYTES, SUMMARY_LINES, digest_data, digest_summary, digest_urgency
from shared.messages import Digest, DigestLine


def line(number: int, **rest: object) -> DigestLine:
    told = {"title": f"Report {number}", "text": "The bridge is closed.", "blog": "Storm latest"} | rest
    return DigestLine(event=f"evt_{number}", kind="entry.created", source="storm", at=0.0, **told)  # type: ignore[arg-type]


def digest(*lines: DigestLine, count: int | None = None) -> Digest:
    return Digest(id="dig_1", lines=lines, count=len(lines) if count is None else count)


def test_a_body_keeps_its_bound_and_says_how_many_more_there_are() -> None:
    data = digest_data(digest(*(line(number, entry="e", text="x" * 500) for number in range(100)), count=140))
    assert len(msgspec.json.encode(data)) <= DATA_BYTES
    assert 20 < len(data["entries"]) < 100
    assert (data["count"], data["more"]) == (140, 140 - len(data["entries"]))


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"entry": "e1", "url": "https://news.example/1"}, {"entry"}),
        ({"url": "https://news.example/live"}, {"url"}),
        ({}, set()),
    ],
    ids=["an entry", "a blog's report", "a report without an address"],
)
def test_a_line_names_the_entry_or_the_page(told: dict[str, str], named: set[str]) -> None:
    [one] = digest_data(digest(line(1, **told)))["entries"]
    assert one.keys() & {"entry", "url"} == named


def test_one_alert_is_shown_as_itself() -> None:
    one = line(1, url="https://news.example/1")
    assert digest_summary(digest(one)) == ("Report 1", "The bridge is closed.", "https://news.example/1")
    assert digest_summary(digest(line(1, text=""))) == ("Report 1", "Storm latest", None)


def test_several_are_listed_with_the_blog_that_all_are_of() -> None:
    assert digest_summary(digest(line(1), line(2))) == ("2 alerts: Storm latest", "• Report 1\n• Report 2", None)
    assert digest_summary(digest(line(1), line(2, blog="Vote")))[0] == "2 alerts"
    assert digest_summary(digest(line(1, blog=None), line(2, blog=None)))[0] == "2 alerts"
    title, text, _ = digest_summary(digest(*map(line, range(9)), count=30))
    assert (title, text.splitlines()[-1]) == ("30 alerts: Storm latest", f"and {30 - SUMMARY_LINES} more")


def test_a_digest_is_as_urgent_as_its_most_urgent_line() -> None:
    assert digest_urgency(digest(line(1, urgency=0.2), line(2, urgency=0.7))) == 0.7
    assert digest_urgency(digest()) == 0.0
