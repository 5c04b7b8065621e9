from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import NOW, URL, html, live_blog, read, update

AT_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "scripts",
    [
        [live_blog(update("a"))],
        [[{"@type": "WebPage"}, live_blog(update("a"))]],
        [{"@context": "https://schema.org", "@graph": [{"@type": "Organization"}, live_blog(update("a"))]}],
        [{"@type": "WebPage", "mainEntity": live_blog(update("a"))}],
        [
            {
                "@type": ["NewsArticle", "LiveBlogPosting"],
                **{k: v for k, v in live_blog(update("a")).items() if k != "@type"},
            }
        ],
    ],
    ids=["object", "array", "graph", "nested", "several types"],
)
def test_the_live_blog_is_found_wherever_it_stands(scripts: list[object]) -> None:
    page = read(html(*scripts))
    assert [entry.id for entry in page.entries] == ["a"]
    assert page.blog.title == "Storm latest"
    assert page.blog.format == "jsonld"


def test_an_entry_is_read_whole() -> None:
    entry = update(
        "a",
        author=[{"@type": "Person", "name": "Ana Roth"}, {"@type": "Person", "name": "Ole Friis"}],
        dateModified="2026-03-01T13:30:00+01:00",
        image={"@type": "ImageObject", "url": "https://img.example/a.jpg", "caption": "The bridge at noon"},
    )
    [found] = read(html(live_blog(entry, update("b"), author={"name": "Kim Dahl"}))).entries[:1]
    assert found.authors == ("Ana Roth", "Ole Friis")
    assert found.published_at == AT_NOON
    assert found.updated_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert found.url == f"{URL}#a"
    assert found.images[0].caption == "The bridge at noon"


def test_an_entry_that_was_never_edited_has_no_time_of_an_edit() -> None:
    same_instant = update("a", datePublished="2026-03-01T13:00:00.500+01:00", dateModified="2026-03-01T12:00:00.5Z")
    earlier = update("b", dateModified="2026-03-01T11:00:00Z")
    assert [entry.updated_at for entry in read(html(live_blog(same_instant, earlier))).entries] == [None, None]


def test_a_byline_of_the_page_is_no_entrys_author() -> None:
    byline = [{"name": "Ana Roth"}, {"name": "Ole Friis"}]
    page = read(html(live_blog(update("a", author=byline), update("b", author=byline), author=byline)))
    assert [entry.authors for entry in page.entries] == [(), ()]
    assert page.blog.authors == ("Ana Roth", "Ole Friis")


def test_the_pages_own_headline_and_dates_on_every_entry_are_not_believed() -> None:
    liars = [
        update(name, headline="Storm latest", datePublished="2026-03-01T09:00:00Z", articleBody=f"Call {name}.")
        for name in "ab"
    ]
    page = read(html(live_blog(*liars, datePublished="2026-03-01T09:00:00Z")))
    assert [(entry.title, entry.published_at) for entry in page.entries] == [(None, None), (None, None)]


def test_positional_ids_are_replaced_by_ids_of_the_content() -> None:
    def listing(*titles: str) -> list[dict[str, object]]:
        at = {"First": "2026-03-01T12:00:00Z", "Second": "2026-03-01T12:10:00Z", "Third": "2026-03-01T12:20:00Z"}
        return [update(f"post{n}", headline=title, datePublished=at[title]) for n, title in enumerate(titles, 1)]

    before = read(html(live_blog(*listing("Second", "First")))).entries
    after = read(html(live_blog(*listing("Third", "Second", "First")))).entries
    assert {entry.title: entry.id for entry in before}.items() <= {entry.title: entry.id for entry in after}.items()


def test_numbers_that_do_not_count_positions_are_kept_as_ids() -> None:
    page = read(html(live_blog(update("80"), update("79"), update("78"))))
    assert [entry.id for entry in page.entries] == ["80", "79", "78"]


def test_an_id_that_several_entries_share_is_none() -> None:
    page = read(html(live_blog(update("same", headline="One"), update("same", headline="Two"))))
    assert len({entry.id for entry in page.entries}) == 2
    assert "same" not in {entry.id for entry in page.entries}


def test_an_entry_listed_twice_is_one() -> None:
    assert len(read(html(live_blog(update("a"), update("a")))).entries) == 1


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Rain &amp; wind in Ribe", "Rain & wind in Ribe"),
        ("&lt;p&gt;Rain &amp;amp; wind&lt;/p&gt;&lt;p&gt;in Ribe&lt;/p&gt;", "Rain & wind\n\nin Ribe"),
        ("<p>Rain</p><p>and <b>wind</b><br>in Ribe</p>", "Rain\n\nand wind\nin Ribe"),
        ("Rain\nand wind", "Rain\n\nand wind"),
        ("Rain [[ge:photo:123]] and wind", "Rain and wind"),
        ("5 < 7 and 9 > 8", "5 < 7 and 9 > 8"),
        ("\u200bRain\u00a0and\x00 wind\ud800", "Rain and wind\ufffd"),
    ],
)
def test_text_is_unescaped_as_often_as_it_was_escaped(written: str, text: str) -> None:
    assert read(html(live_blog(update("a", articleBody=written)))).entries[0].text == text


def test_raw_newlines_and_a_semicolon_in_the_script_are_forgiven() -> None:
    script = '{"@type": "LiveBlogPosting", "headline": "Storm\nlatest", "liveBlogUpdate": [{"headline": "A"}]};'
    page = read(html(script))
    assert page.blog.title == "Storm latest"
    assert page.entries[0].title == "A"


def test_relative_addresses_are_those_of_the_page() -> None:
    written = '<p><a href="/ferries">Ferries</a> <img src="a.jpg" alt=""> <a href="javascript:x">x</a></p>'
    html_of = read(html(live_blog(update("a7", articleBody=written)))).entries[0].html
    assert 'href="https://news.example/ferries"' in html_of
    assert 'src="https://news.example/live/a.jpg"' in html_of
    assert "javascript" not in html_of


def test_html_is_sanitised_and_the_title_is_plain() -> None:
    hostile = update(
        "a",
        headline="<script>alert(1)</script>Wind &lt;b&gt;rises&lt;/b&gt;",
        articleBody='<p onclick="x()">Go <a href="javascript:alert(1)">here</a><script>alert(2)</script>'
        '<img src="x" onerror="alert(3)"><iframe src="https://evil.example"></iframe></p>',
        url="javascript:alert(4)",
    )
    [entry] = read(
        html(live_blog(hostile))
        .replace(b"</script>Wind", b"<\\/script>Wind")
        .replace(b"</script><img", b"<\\/script><img")
    ).entries
    for danger in ("script", "onclick", "onerror", "javascript", "iframe", "alert(1)"):
        assert danger not in entry.html
    assert "<" not in (entry.title or "")
    assert (entry.url or "").startswith("https://")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-03-01T13:00:00+0100", AT_NOON),
        ("2026-03-01T12:00Z", AT_NOON),
        ("2026-03-01 12:00:00 UTC", AT_NOON),
        ("2026-03-01T12:00:00.123456789Z", AT_NOON.replace(microsecond=123456)),
        (1772366400, AT_NOON),
        (1772366400000, AT_NOON),
        ("2026-03-01T12:00:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-13-45T12:00:00Z", None),
        ("12:00", None),
        (True, None),
        ({"@value": "x"}, None),
    ],
)
def test_times_are_read_or_unknown_and_never_invented(written: object, read_as: datetime | None) -> None:
    assert read(html(live_blog(update("a", datePublished=written)))).entries[0].published_at == read_as


def test_a_naive_time_is_in_the_sources_zone() -> None:
    page = html(live_blog(update("a", datePublished="2026-07-01T13:00:00")))
    in_summer = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    found = read(page, timezone="Europe/London", fetched_at=in_summer).entries[0]
    assert found.published_at == in_summer


def test_entries_come_newest_first() -> None:
    early, late = update("early", datePublished="2026-03-01T08:00:00Z"), update("late")
    assert [entry.id for entry in read(html(live_blog(early, late))).entries] == ["late", "early"]


def test_what_only_the_dom_knows() -> None:
    body = (
        f'<main data-live="false"><article id="a" data-pinned></article><article id="b" data-key-event>'
        f'<aside class="link-card"><a href="/more">Full report</a><p>What is known</p></aside></article>'
        f'<article id="gone" data-tombstone></article><a rel="next" href="{URL}-2">Next</a></main>'
    )
    page = read(html(live_blog(update("a"), update("b")), body=body))
    pinned, key, gone = page.entries
    assert (pinned.pinned, key.key_event, gone.deleted, gone.id) == (True, True, True, "gone")
    assert key.links[0].url == "https://news.example/more"
    assert key.links[0].summary == "What is known"
    assert (page.blog.live, page.blog.next_url) == (False, f"{URL}-2")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><p>No live blog here</p></html>",
        html({"@type": "NewsArticle", "headline": "Only an article"}),
        html('{"@type": "LiveBlogPosting", "liveBlogUpdate": [{"headline": "cut o'),
        html(live_blog(update("a")))[:120],
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        b'{"json": "but no live blog"}',
    ],
    ids=["empty", "no blog", "article", "cut script", "cut page", "image", "json"],
)
def test_a_page_that_holds_none_says_so(body: bytes) -> None:
    with pytest.raises(NoLiveBlogError, match="No live blog found"):
        read(body)


def test_json_nested_ten_thousand_deep_and_a_hundred_thousand_entries_are_bounded() -> None:
    deep = '{"@type":"LiveBlogPosting","liveBlogUpdate":' + "[" * 10_000 + "]" * 10_000 + "}"
    with pytest.raises(NoLiveBlogError):
        read(html(deep))
    many = read(html(live_blog(*({"headline": str(n)} for n in range(100_000)))))
    assert len(many.entries) == 10_000


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "iso-8859-1", "utf-16"])
def test_charsets(charset: str) -> None:
    text = html(live_blog(update("a", headline="Sønderjylland"))).decode().replace("\\u00f8", "ø")
    page = read(text.encode(charset), content_type=f"text/html; charset={charset}")
    assert page.entries[0].title == "Sønderjylland"
    assert read(text.encode(charset), content_type=None).entries[0].title == "Sønderjylland"


def test_a_header_that_names_the_wrong_or_no_charset_is_not_believed() -> None:
    text = (
        html(live_blog(update("a", headline="Ærø"))).decode().replace("\\u00c6", "Æ").replace("\\u00f8", "ø").encode()
    )
    for lie in ("text/html; charset=ascii", "text/html; charset=no-such", "text/html; charset=rot13", "image/png"):
        assert read(text, content_type=lie, fetched_at=NOW).entries
