"""What publishers' data holds beside the usual: empty parts, parts of another type, and parts that lead nowhere."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.parser.clean import joined, web_url
from services.parser.clock import Clock
from services.parser.reading import NoLiveBlogError
from services.parser.tangles import is_tangled
from services.parser.tests.pages import NOW, URL, html, live_blog, read, update
from services.parser.tests.states import aje_post, aje_shell, bbc_post, bbc_stream, branch, fragment, line
from services.parser.times import in_utc, named_zone
from services.parser.xmltree import read_xml
from shared.records import Entry, Page

BBC = "https://www.bbc.com/news/live/c1"
GRAPHQL = "https://www.aljazeera.com/graphql?wp-site=aje&operationName=ArchipelagoQuery&variables=%7B%7D"


def answer(value: object, url: str = BBC) -> Page:
    return read(json.dumps(value).encode(), url=url, content_type="application/json")


@pytest.mark.parametrize(
    "address",
    ["http://[", "https://news.example]/", "https://[::1", "ftp://news.example/", "news", "", " ", 7, None,
     "https://news.example/" + "x" * 5_000, "https://ne\u2100ws.example/[", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address(address: object) -> None:
    assert web_url(address) is None


@pytest.mark.parametrize("address", ["https://[::1]/live", " https://news.example/live ", "https://nyheder.example/å"])
def test_what_is_an_address(address: str) -> None:
    assert web_url(address) == address.strip()


@pytest.mark.parametrize("address", ["//[", "https://[", None, 7, "/" + "x" * 5_000])
def test_an_address_that_leads_nowhere_is_left_out(address: object) -> None:
    assert joined(URL, address) is None


def test_al_jazeeras_shell_asks_for_the_entries_that_can_be_asked_for() -> None:
    shell = aje_shell(11, 12, "x1", "9" * 30, 13)  # type: ignore[arg-type]
    page = answer({"data": {"article": shell, "posts": [aje_post("11")]}}, GRAPHQL)
    asked = [json.loads(parse_qs(urlsplit(url).query)["variables"][0])["postID"] for url in page.more]
    assert asked == [12, 13]
    assert answer({"data": {"article": shell, "posts": [aje_post("11")]}}, BBC).more == ()


def test_al_jazeeras_author_may_be_hidden_or_written_in() -> None:
    hidden = aje_post("1", showAuthor=False, writeInAuthor="Kim Dahl")
    written = aje_post("2", author=[{"name": " "}], writeInAuthor="Kim Dahl", date="2026-03-01T11:00:00")
    entries = answer({"data": aje_shell(1, 2) | {"posts": [hidden, written]}}, GRAPHQL).entries
    assert [entry.authors for entry in entries] == [(), ("Kim Dahl",)]


def bbc(*content: dict[str, Any], **rest: Any) -> Entry:
    return answer(bbc_stream(bbc_post(0, *content, **rest))).entries[0]


def test_bbc_pictures_by_every_way_of_naming_them() -> None:
    def picture(**model: Any) -> dict[str, Any]:
        return branch("image", {"type": "rawImage", "model": model}, line("altText", "A dyke"))

    entry = bbc(
        picture(url="https://img.example/1.jpg"),
        picture(src="https://img.example/2.jpg"),
        picture(locator="https://img.example/3.jpg"),
        picture(locator="/b.jpg", originCode="cps"),
        picture(locator="b.jpg"),
        picture(locator=7, originCode="cps"),
        images=[
            {"url": "https://img.example/4.jpg", "altText": "The quay"},
            {"originalUrl": "https://img.example/5.jpg"},
            {"url": "no address"},
        ],
    )
    assert [picture.url for picture in entry.images] == [
        "https://img.example/4.jpg",
        "https://img.example/5.jpg",
        "https://img.example/1.jpg",
        "https://img.example/2.jpg",
        "https://img.example/3.jpg",
        "https://ichef.bbci.co.uk/ace/ws/800/cps/b.jpg",
    ]
    assert [picture.alt for picture in entry.images][:3] == ["The quay", None, "A dyke"]


def test_bbc_contributors_without_a_name_and_posts_that_lead_nowhere() -> None:
    header = [
        line("headline", "Dyke holds"),
        *({"type": "contributor", "model": {"name": name}} for name in ("", "By Kim")),
    ]
    entry = bbc(header=header, link={"url": None}, options=None)
    assert (entry.title, entry.authors, entry.links, entry.key_event) == ("Dyke holds", ("Kim",), (), False)
    social = {"type": "social", "model": {"source": "not an address"}}
    assert bbc(fragment("Rain."), social).links == ()


def test_a_bbc_stream_of_unknown_length_has_no_further_pages() -> None:
    page = answer({"results": [bbc_post(0)], "page": {"index": "1", "total": None}})
    assert (page.more, page.complete, len(page.entries)) == ((), False, 1)


def feed(*items: dict[str, Any], **rest: Any) -> Page:
    value = {"version": "https://jsonfeed.org/version/1.1", "title": "Storm", "items": list(items)} | rest
    return read(json.dumps(value).encode(), content_type="application/feed+json")


def test_json_feeds_items_with_ids_and_texts_of_every_kind() -> None:
    page = feed(
        {"id": 7, "content_text": "Rain <in> Ribe.", "image": "/a.jpg", "date_published": "2026-03-01T12:00:00Z"},
        {"id": "b", "summary": "In short.", "external_url": "https://other.example/1", "author": {"name": "Kim Dahl"}},
        {"id": True, "content_html": "<p>Two.</p>", "authors": [{"name": ""}, {"name": "Ana Roth"}] * 2},
        next_url="/feed?page=2", expired=True,
    )  # fmt: skip
    entries = {entry.text: entry for entry in page.entries}
    assert set(entries) == {"Rain <in> Ribe.", "In short.", "Two."}
    assert entries["Rain <in> Ribe."].id == "7"
    assert entries["Rain <in> Ribe."].images[0].url == "https://news.example/a.jpg"
    assert (entries["In short."].url, entries["In short."].authors) == ("https://other.example/1", ("Kim Dahl",))
    assert entries["Two."].authors == ("Ana Roth",)
    assert entries["Two."].id not in {"True", ""}
    assert (page.blog.live, page.more) == (False, ("https://news.example/feed?page=2",))


@pytest.mark.parametrize(
    "value", [{"version": 1, "items": []}, {"version": "2"}, {"version": "https://jsonfeed.org/version/1"}]
)
def test_what_is_no_json_feed(value: object) -> None:
    with pytest.raises(NoLiveBlogError):
        read(json.dumps(value).encode(), content_type="application/feed+json")


def test_marks_without_an_id_or_an_entry_around_them_say_nothing() -> None:
    body = (
        '<div data-pinned>no id</div><span class="link-card"><a href="/a">A</a></span>'
        '<article><div class="link-card"><a href="/b">B</a></div></article>'
        '<article id="b7"><section id="s"><div class="link-card"><a href="/c">C</a></div></section></article>'
    )
    [entry] = read(html(live_blog(update("b7")), body=body)).entries
    assert ([link.url for link in entry.links], entry.pinned) == (["https://news.example/c"], False)


def test_zones_and_instants_beyond_the_calendar() -> None:
    assert named_zone("Mars/Olympus") is named_zone("../../etc/passwd") is named_zone("") is None
    clock = Clock(NOW, stated=lambda: None, setting=None)
    assert clock.instant("2026-02-30T12:00:00Z") is None
    assert in_utc(NOW.replace(tzinfo=None), None) is None
    assert clock.instant("0001-01-01T00:00:00+14:00") is None


def test_unending_tags_are_tangled_and_closed_ones_are_not() -> None:
    assert is_tangled("<div>" * 20_000, 1_000_000)
    assert is_tangled("<b>" * 5_000, 1_000_000)
    assert not is_tangled("<p><b>Rain</b> and <i>hail</i></p>" * 500, 1_000_000)
    assert not is_tangled("<script>" + "<div>" * 20_000, 1_000_000), "what never ends is a script's"


def test_xml_that_declares_entities_or_never_ends_gives_what_can_be_saved() -> None:
    assert read_xml('<!DOCTYPE r [<!ENTITY a "x">]><rss><channel/></rss>').root is None
    broken = read_xml("<rss><channel><item><title>Rain</title></item><item><title>Ha")
    assert broken.root is not None
    assert not broken.whole
    assert read_xml("").root is None
