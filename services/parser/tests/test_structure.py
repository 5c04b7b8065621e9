"""Pages that mark nothing up: what is taken for entries, and above all what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.parser.doubts import NO_ID, NO_TIME, NO_ZONE
from services.parser.formats.shownday import day_of
from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import read
from shared.records import Page

NEWS = (
    "The bridge at Vejle stays closed until the wind falls below twenty metres a second, the police say.",
    "Trains between Ribe and Esbjerg run every hour; passengers should allow for delays of some forty minutes.",
    "The harbour master counts eleven boats adrift and asks owners to stay away from the piers tonight.",
    "Schools on Fanø open tomorrow as usual, the island's council decided after a meeting this afternoon.",
)


def page(body: str, title: str = "Storm: live updates", **rest: object) -> Page:
    head = f"<!doctype html><html><head><title>{title}</title></head>"
    html = f"{head}<body><main><h1>{title}</h1>{body}</main></body></html>"
    return read(html.encode(), **{"url": "https://news.example/2026/storm"} | rest)


def posts(*times: str, mark: str = "<span class='t'>{}</span>", tag: str = "div", rest: str = "") -> str:
    return "".join(
        f"<{tag} class='row n{number}' id='p-{9_000 - number * 7}'>{mark.format(at)}<h3>Report {number}</h3>"
        f"<p>{NEWS[number % 4]}</p>{rest}</{tag}>"
        for number, at in enumerate(times)
    )


def at(hour: int, minute: int = 0, day: int = 1, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "mark", "read_as"),
    [
        (("17:40", "16:05", "15:59"), "<b>{}</b>", [at(17, 40), at(16, 5), at(15, 59)]),
        (("5.40pm", "4:05 PM", "11.59 am"), "<em>{}</em>", [at(17, 40), at(16, 5), at(11, 59)]),
        (("17:40 Uhr", "16.05 Uhr", "15:59 Uhr"), "<span>{}</span>", [at(17, 40), at(16, 5), at(15, 59)]),
        (("5 mins ago", "1 hour ago", "2h ago"), "<small>{}</small>", [at(17, 55), at(17), at(16)]),
        (
            ("2026-03-01T18:40+01:00", "2026-03-01T16:05Z", "2026-03-01T15:59Z"),
            '<div><time datetime="{}">some time</time></div>',
            [at(17, 40), at(16, 5), at(15, 59)],
        ),
        (("00:10", "23:50", "23:40"), "<p>Posted at {}</p>", [at(0, 10), at(23, 50, 28, 2), at(23, 40, 28, 2)]),
        (("1 March 2026, 17:40", "1 March 2026, 16:05", "28 February 2026, 15:59"), "<span>{}</span>",
         [at(17, 40), at(16, 5), at(15, 59, 28, 2)]),
    ],
)  # fmt: skip
def test_siblings_that_carry_a_time(times: tuple[str, ...], mark: str, read_as: list[datetime]) -> None:
    found = page(posts(*times, mark=mark), timezone="UTC")
    assert found.blog.format == "structure"
    assert [entry.published_at for entry in found.entries] == read_as
    assert [entry.title for entry in found.entries] == ["Report 0", "Report 1", "Report 2"]
    assert [entry.text for entry in found.entries] == list(NEWS[:3])
    assert [entry.id for entry in found.entries] == ["p-9000", "p-8993", "p-8986"]


def test_without_a_zone_times_stay_unknown_and_ids_come_from_the_words() -> None:
    found = page(posts("17:40", "16:05", "15:59").replace(" id=", " data-x="))
    assert [entry.published_at for entry in found.entries] == [None, None, None]
    assert all(entry.id.startswith("c-") for entry in found.entries)
    assert {doubt.reason: doubt.count for doubt in found.doubts} == {NO_ZONE: 3, NO_TIME: 3, NO_ID: 3}


def test_headings_between_entries_give_the_day() -> None:
    body = (
        f"<h2>Sunday 1 March</h2>{posts('09:30', '08:00')}<h2>Friday 27 February 2026</h2>"
        f"{posts('21:15', '20:00').replace('p-', 'q-')}"
    )
    found = page(body, timezone="Europe/Copenhagen")
    assert [entry.published_at for entry in found.entries] == [
        at(8, 30), at(7), at(20, 15, 27, 2), at(19, 0, 27, 2),
    ]  # fmt: skip


def test_days_in_sections_of_their_own() -> None:
    body = (
        f"<section><h2>1 March</h2>{posts('09:30', '08:00')}</section>"
        f"<section><h2>27 February</h2>{posts('21:15', '20:00', '19:00').replace('p-', 'q-')}</section>"
    )
    found = page(body, timezone="UTC")
    assert [entry.published_at for entry in found.entries if entry.published_at] == [
        at(9, 30), at(8), at(21, 15, 27, 2), at(20, 0, 27, 2), at(19, 0, 27, 2),
    ]  # fmt: skip


def test_bold_words_on_top_are_the_title_and_a_byline_names_the_author() -> None:
    byline = "<span class='byline'>By Ana Roth</span>"
    row = f"<div class=row><span>{{}}</span><p><b>{{}}</b></p>{byline}<p>{{}} <b>Now.</b></p></div>"
    body = "".join(row.format(time, name, NEWS[0]) for time, name in (("17:40", "C"), ("16:05", "B"), ("15:59", "A")))
    found = page(body, timezone="UTC")
    assert [entry.title for entry in found.entries] == ["C", "B", "A"]
    assert {entry.authors for entry in found.entries} == {("Ana Roth",)}
    assert {entry.text for entry in found.entries} == {f"{NEWS[0]} Now."}


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("<div><i>Ana Roth</i><i>{}</i></div>", ("Ana Roth",)),
        ("<div>Ana Roth and Ole van Friis <time>{}</time></div>", ("Ana Roth", "Ole van Friis")),
        ("<div><i>Key Event</i><i>{}</i></div>", ()),
        ("<div><i>Esbjerg</i><i>{}</i></div>", ()),
        ("<div><i>Red Card Kim</i><i>{}</i></div>", ()),
        ("<p>Ana Roth <i>{}</i></p>", ()),
        ("<div><u>published at</u><i>{}</i></div><p class=post__contributor-name>Ana Roth</p>", ("Ana Roth",)),
    ],
)
def test_names_alone_with_the_time_are_the_authors(line: str, authors: tuple[str, ...]) -> None:
    times = ("17:40 GMT", "16:05 GMT", "15:59 GMT")
    found = page(posts(*times, mark=line))
    assert [entry.authors for entry in found.entries] == [authors] * 3
    assert [entry.text == NEWS[number] for number, entry in enumerate(found.entries)] == [bool(authors)] * 3


def test_positional_ids_are_not_believed() -> None:
    body = "".join(
        f"<div class=row id=post{n}><b>1{9 - n}:00</b><p>{NEWS[n]}</p></div>" for n in range(1, 4)
    )  # fmt: skip
    assert all(entry.id.startswith("c-") for entry in page(body, timezone="UTC").entries)


def test_what_repeats_beside_the_entries_is_left_out() -> None:
    related = "".join(
        f"<li class=rel><span>1{n}:00</span><a href='/news/{n}'>{NEWS[n]}</a></li>" for n in range(4)
    )  # fmt: skip
    comments = "".join(
        f"<div class=c><span>1{n}:00</span><p>{NEWS[n] * 4}</p></div>" for n in range(4)
    )  # fmt: skip
    body = f"{posts('17:40', '16:05', '15:59')}<ul>{related}</ul><div id=comments>{comments}</div>"
    assert len(page(body, timezone="UTC").entries) == 3


TABLE = "".join(f"<tr><td>1{n}:00</td><td>{NEWS[n]}</td></tr>" for n in range(4))
NO_BLOGS = {
    "an article": f"<time datetime='2026-03-01T12:00:00Z'>12:00</time>{''.join(f'<p>{text}</p>' for text in NEWS * 4)}",
    "an article with a photo's time": 4
    * f"<p>{NEWS[0]}</p><figure><time datetime='2026-03-01T12:00Z'></time></figure>",
    "an article that tells times": "".join(f"<p>At 1{n}:00 {text}</p>" for n, text in enumerate(NEWS)),
    "teasers": "".join(
        f"<article><time datetime='2026-03-01T1{n}:00Z'>1{n}:00</time><h3><a href='/a/{n}'>Report</a></h3>"
        f"<p>{text}</p></article>"
        for n, text in enumerate(NEWS)
    ),
    "cards that are links": "".join(
        f"<a class=card href='/a/{n}'><span>1{n}:00</span><p>{text}</p></a>" for n, text in enumerate(NEWS)
    ),
    "a list of links": "".join(f"<li><b>1{n}:00</b> <a href='/a/{n}'>{text}</a></li>" for n, text in enumerate(NEWS)),
    "a forum": "".join(
        f"<div class='comment-item'><span>{n} hours ago</span><p>{text}</p></div>" for n, text in enumerate(NEWS, 2)
    ),
    "a forum below": "<section id='disqus_thread'>{}</section>".format(
        "".join(f"<div><span>{n} hours ago</span><p>{text}</p></div>" for n, text in enumerate(NEWS, 2))
    ),
    "a timetable": "".join(f"<li class=t><b>1{n}:05</b> Ribe – Esbjerg, track {n}</li>" for n in range(9)),
    "a table": f"<table>{TABLE}</table>",
    "a league table": "<table>{}</table>".format(
        "".join(f"<tr><td>{n}</td><td>Vejle</td><td>12:0{n}</td></tr>" for n in range(9))
    ),
    "days without times": "".join(
        f"<div class=x><time datetime='2026-03-0{n}'>{n} March 2026</time><p>{NEWS[0]}</p></div>" for n in range(1, 5)
    ),
    "navigation": f"<nav>{posts('17:40', '16:05', '15:59')}</nav>",
    "two only": posts("17:40", "16:05"),
    "related articles": f"<div class='related-stories'>{posts('17:40', '16:05', '15:59')}</div>",
    "opening hours": "".join(f"<p><b>1{n}:00</b> Hall {n} opens to visitors</p>" for n in range(6)),
    "figures": "".join(f"<div class=s><b>{n}:{n}0</b><span>final score</span></div>" for n in range(1, 6)),
}


@pytest.mark.parametrize("body", NO_BLOGS.values(), ids=NO_BLOGS.keys())
@pytest.mark.parametrize("title", ["Storm closes bridges", "Storm closes bridges – live"])
def test_what_is_no_live_blog(body: str, title: str) -> None:
    with pytest.raises(NoLiveBlogError):
        page(body, title, timezone="UTC")


def test_a_timeline_inside_an_article_is_one_only_where_the_page_is_live() -> None:
    body = "".join(f"<p><strong>1{n}:00</strong> {text} {text}</p>" for n, text in enumerate(NEWS))
    assert len(page(body, "Storm – live", timezone="UTC").entries) == 4
    with pytest.raises(NoLiveBlogError):
        page(body, "How the storm came", timezone="UTC")


def test_a_list_without_end_is_bounded() -> None:
    found = page(posts(*["12:00"] * 3_000), timezone="UTC")
    assert len(found.entries) == 3_000
    knot = "<div><b>12:00</b>" * 30_000
    with pytest.raises(NoLiveBlogError):
        page(knot, timezone="UTC")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Friday 5 March", date(2026, 3, 5)),
        ("March 5, 2026", date(2026, 3, 5)),
        ("Thu, 31st Dec", date(2025, 12, 31)),
        ("31 February", None),
        ("5 men and 3 dogs", None),
        ("May 5 people come", None),
        ("5 March 2027", None),
    ],
)
def test_days_as_headings_show_them(written: str, day: date | None) -> None:
    assert day_of(written, date(2026, 3, 6)) == day
