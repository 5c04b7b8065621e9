"""When a live blog says that it is over and where it goes on; and what only sounds like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.parser.lifecycle import is_over, says_closing, with_end
from shared.records import Blog, Entry, Link

URL = "https://news.example/world/live/2026/mar/01/storm"
TOMORROW = "https://news.example/world/live/2026/mar/02/storm-ends"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLOSING = "This live blog is now closed."


def entry(text: str, html: str = "", hour: int = 12, **rest: object) -> Entry:
    return Entry(id=f"{hour}", text=text, html=html, published_at=NOON.replace(hour=hour), **rest)  # type: ignore[arg-type]


def ended(*entries: Entry, live: bool | None = None, title: str = "Storm live", url: str = URL) -> Blog:
    return with_end(Blog(url=url, title=title, live=live), entries)


@pytest.mark.parametrize(
    "title",
    [
        "Storm reaches Ribe – as it happened",
        "Storm reaches Ribe - as it happened",
        "Storm reaches Ribe: as it happened | World news",
        "As it happened: Storm reaches Ribe",
        "Storm in Ribe as it happened",
    ],
)
def test_headlines_that_speak_of_the_past(title: str) -> None:
    assert is_over(title)
    assert ended(title=title, live=True).live is False


@pytest.mark.parametrize(
    "title", ["Storm live", "Nurse tells court what she did as it happened to her", "It happened in Ribe", "", None]
)
def test_headlines_that_do_not(title: str | None) -> None:
    assert not is_over(title)


@pytest.mark.parametrize(
    "text",
    [
        "This live page is closing, but our coverage continues.",
        "We are closing this live blog now. Thank you for reading.",
        "Our live coverage has now ended.",
        "That’s it for our live coverage today.",
        "I have closed this blog",
        "This blog is now closed. Read more.",
        "We’re wrapping up our live coverage.",
        "Today's live blog has moved.",
        "This live blog will be closing shortly.",
    ],
)
def test_farewells(text: str) -> None:
    assert says_closing(f"Rain in Ribe.\n\n{text}")
    assert ended(entry(text)).live is False


@pytest.mark.parametrize(
    "text",
    [
        "The airport is closing and the live music festival has ended.",
        "Comments on this live blog are closed.",
        "This live blog is not closing.",
        "Our live coverage is closed for the night.",
        "We are pausing this live blog.",
        "The bridge at Vejle is closed, our live blog reports.",
        "The minister says that is all from his ministry.",
        "Police are closing the blog of a suspect.",
        "The coverage of the network has ended in Ribe.",
        "The page turns: schools are closing.",
    ],
)
def test_what_only_sounds_like_a_farewell(text: str) -> None:
    assert not says_closing(text)
    assert ended(entry(text), live=True).live is True


def test_only_the_last_entry_ends_a_blog() -> None:
    goodbye = entry(CLOSING, hour=10)
    assert ended(goodbye, entry("We are back.", hour=11)).live is None
    assert ended(entry("Rain", hour=9), goodbye).live is False
    assert ended(goodbye, entry("Withdrawn", hour=11, deleted=True)).live is False
    untimed = Entry(id="p", text=CLOSING, pinned=True)
    assert ended(untimed, Entry(id="a", text="Rain")).live is None
    assert ended().live is None


def test_a_farewell_alone_does_not_outweigh_a_flag() -> None:
    assert ended(entry(CLOSING), live=True).live is True


def test_the_next_blog() -> None:
    html = f'<p>{CLOSING}</p><p>Follow the latest <a href="{TOMORROW}">in our new blog</a>.</p>'
    blog = ended(entry(CLOSING, html), live=True)
    assert (blog.live, blog.next_url) == (False, TOMORROW)
    assert ended(entry(CLOSING, html), url="https://www.news.example/world/live/2026/mar/01/storm").next_url == TOMORROW
    card = entry(CLOSING, links=(Link(url=TOMORROW, title="New blog"),))
    assert ended(card).next_url == TOMORROW


@pytest.mark.parametrize(
    "href",
    [
        URL,
        f"{URL}#block-1",
        "https://news.example/world/live/2026/feb/28/storm-comes",
        "https://news.example/world/2026/mar/01/full-report",
        "https://other.example/live/storm",
        "javascript:alert(1)",
        "https://news.example/delivery/2026",
    ],
)
def test_links_that_lead_to_no_next_blog(href: str) -> None:
    html = f'<p>{CLOSING} Follow our new blog <a href="{href}">here</a>.</p>'
    assert ended(entry(CLOSING, html)).next_url is None


def test_a_link_in_an_entry_that_says_no_farewell_is_none() -> None:
    html = f'<p>Follow the latest on the strike in <a href="{TOMORROW}">our other live blog</a>.</p>'
    blog = ended(entry("Follow the latest on the strike in our other live blog.", html), live=True)
    assert (blog.live, blog.next_url) == (True, None)
