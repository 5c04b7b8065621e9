"""What a page says of itself and not of its entries: its byline, its address, its forum, its own further pages."""

from __future__ import annotations

import pytest

from services.parser.tests.pages import URL, html, live_blog, read, update

BYLINE = {"@type": "Person", "name": "Page Byline"}
COUNTED = 1_772_366_400_000


def reach(*bylines: str | None) -> str:
    """Entries from e1 on; None for one that the page's DOM does not list."""
    return "".join(
        f'<div class="live-event-entry" id="e{number}" data-post-time="{COUNTED}"><div class="entry-info">'
        f'<mark>{name}</mark></div><div class="entry-content"><h3>Report e{number}</h3></div></div>'
        for number, name in enumerate(bylines, 1)
        if name is not None
    )


def signed(*names: str) -> dict[str, object]:
    return live_blog(*(update(name, author=[BYLINE]) for name in names), author=[BYLINE])


@pytest.mark.parametrize(
    ("shown", "authors"),
    [
        (("Ana Roth", "KEY EVENT", None), [("Ana Roth",), (), ()]),
        (("", "", None), [(), (), ()]),
        (("Page Byline", "Page Byline", None), [("Page Byline",)] * 3),
    ],
)
def test_one_name_on_the_page_and_on_all_its_entries_is_believed_only_where_the_dom_shows_it(
    shown: tuple[str | None, ...], authors: list[tuple[str, ...]]
) -> None:
    page = read(html(signed("e1", "e2", "e3"), body=reach(*shown)))
    assert [entry.authors for entry in page.entries] == authors


def test_without_a_dom_a_single_author_is_believed() -> None:
    assert read(html(signed("e1", "e2", "e3"))).entries[0].authors == ("Page Byline",)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"{URL}?postid=9001#liveblog-body", "9001"),
        (f"{URL}?a=1&post-id=cm3abc", "cm3abc"),
        (f"{URL}?post=asset%3A0a1b-22#post", "asset:0a1b-22"),
        (f"{URL}?repost=9001#e7", "e7"),
    ],
)
def test_an_entry_that_its_address_asks_for_is_called_so(address: str, name: str) -> None:
    other = {
        "url": address.replace("9001", "9000").replace("abc", "abd").replace("-22", "-21").replace("#e7", "#e8"),
        "@id": None,
    }
    page = read(html(live_blog(update("x", url=address, **{"@id": None}), update("y", **other))))
    assert page.entries[0].id == name


def test_what_the_blogs_own_address_asks_for_is_no_entrys_id() -> None:
    own = f"{URL}?post=5"
    page = read(html(live_blog(update("x", **{"@id": f"{own}#ea"}), update("y", **{"@id": f"{own}#eb"}))), url=own)
    assert [entry.id for entry in page.entries] == ["ea", "eb"]


def test_the_address_of_an_entry_that_is_called_by_its_place_is_the_pages() -> None:
    page = read(html(live_blog(*(update(f"post{place}", headline=f"Report {place}") for place in (1, 2, 3)))))
    assert {entry.url for entry in page.entries} == {URL}


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("17:30(IST) Rain at Ribe", "Rain at Ribe"),
        ("5.30pm: Rain at Ribe", "Rain at Ribe"),
        ("17:30 IST | Rain at Ribe", "Rain at Ribe"),
        ("18:15 train is cancelled", "18:15 train is cancelled"),
        ("17:30", "17:30"),
    ],
)
def test_an_entrys_own_time_before_its_title_is_no_part_of_it(written: str, title: str) -> None:
    page = read(html(live_blog(update("e1", headline=written, datePublished="2026-03-01T17:30:00+05:30"))))
    assert page.entries[0].title == title


def test_raw_newlines_in_json_part_paragraphs() -> None:
    script = html(live_blog(update("e1", articleBody="The bridge.@@The ferry."))).replace(b"@@", b"\n\n")
    assert read(script).entries[0].text == "The bridge.\n\nThe ferry."


@pytest.mark.parametrize(
    "tag",
    [
        f'<link href="{URL}" rel="canonical">',
        f'<meta property="og:url" content="{URL}"/>',
        f"<link rel=canonical href={URL}>",
    ],
)
def test_a_page_without_its_address_says_it_itself(tag: str) -> None:
    body = reach("Ana Roth").replace("</h3>", '</h3><p>See <a href="/map">it</a>.</p>')
    page = read(html(body=tag + body), url=None)
    assert page.blog.url == URL
    assert 'href="https://news.example/map"' in page.entries[0].html


def test_the_main_page_is_the_blogs_before_its_amp_page() -> None:
    posting = live_blog(update("e1"), **{"@id": "https://amp.news.example/live/storm", "mainEntityOfPage": URL})
    del posting["url"]
    assert read(html(posting)).blog.url == URL


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("#comments", f"{URL}#comments"),
        ("/live/storm/comments", f"{URL}/comments"),
        ("/live/flood#comments", None),
        ("https://other.example/live/storm#comments", None),
        ("#commentary", None),
    ],
)
def test_the_forum_is_the_blogs_own(link: str, address: str | None) -> None:
    page = read(html(live_blog(update("e1")), body=f'<a href="{link}">12 comments</a>'))
    assert page.blog.comments_url == address


def test_the_next_page_of_a_listing_is_no_next_blog() -> None:
    body = (
        '<amp-live-list id="l"><div items><div id="e1" data-sort-time="1772366400"><p>Rain.</p></div>'
        '<div id="e0" data-sort-time="1772366000" data-tombstone></div></div>'
        '<div pagination><a rel="next" href="?p=2">2</a></div></amp-live-list>'
    )
    page = read(html(body=body))
    assert page.blog.next_url is None
    assert page.more == (f"{URL}?p=2",)


def test_captions_are_no_part_of_what_cnn_says() -> None:
    body = (
        '<article id="cm1" class="live-story-post" data-last-updated="2026-03-01T12:00:00Z">'
        '<h2 class="live-story-post__headline">Bridge</h2><div class="live-story-post__content"><p>It is shut.</p>'
        '<div class="image" data-component-name="image"><img src="/a.jpg" alt="A bridge"><div class="image__metadata">'
        '<p class="image__caption">The bridge today</p><figcaption>An agency</figcaption></div></div></div></article>'
    )
    (entry,) = read(html(body=body)).entries
    assert entry.text == "It is shut."
    assert [(image.alt, image.caption) for image in entry.images] == [("A bridge", "The bridge today")]


@pytest.mark.parametrize(
    ("author", "people"),
    [
        ("By Ana Roth and Ole Friis", ("Ana Roth", "Ole Friis")),
        ([{"@type": "Person", "name": "Ana Roth, Kim Dahl & Ole Friis"}], ("Ana Roth", "Kim Dahl", "Ole Friis")),
        ("Ana Roth, Political Editor", ("Ana Roth, Political Editor",)),
        ({"@type": "Person", "name": ["Ana Roth", "Ole Friis"]}, ("Ana Roth", "Ole Friis")),
        ("Roth and Friis", ("Roth and Friis",)),
        (
            {"@type": "Organization", "name": "The Sport and Weather Desk"},
            ("The Sport and Weather Desk",),
        ),
        ([{"@type": "Person", "name": "KEY EVENT"}], ()),
    ],
)
def test_whom_an_author_names(author: object, people: tuple[str, ...]) -> None:
    page = read(html(live_blog(update("ka", author=author), update("kb"))))
    assert page.entries[0].authors == people


def test_what_an_entry_shares_is_a_link_card() -> None:
    shared = [
        {"@type": "WebPage", "url": "/map", "headline": "The map", "description": "All roads."},
        {"@type": "VideoObject", "url": "https://news.example/film"},
    ]
    (entry,) = read(html(live_blog(update("ka", sharedContent=shared)))).entries
    assert [(link.url, link.title, link.summary) for link in entry.links] == [
        ("https://news.example/map", "The map", "All roads.")
    ]
