"""Application state in a page's scripts: the BBC's and Al Jazeera's models, and posts of a model that we don't know."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.parser.memo import Memo
from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import html as jsonld_page, live_blog, read, update
from services.parser.tests.states import (
    UUIDS,
    WAYS,
    aje_post,
    aje_shell,
    as_json,
    bbc_initial,
    bbc_next,
    bbc_post,
    bbc_stream,
    branch,
    fragment,
    line,
    paragraph,
    script,
)
from shared.records import Page

BBC = "https://www.bbc.com/news/live/c1"
AJE = "https://www.aljazeera.com/news/liveblog/2026/3/1/storm-live"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def answer(value: object, url: str = BBC) -> Page:
    return read(json.dumps(value).encode(), url=url, content_type="application/json")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_state_is_found_however_it_is_embedded(way: Callable[[Any], bytes]) -> None:
    found = read(way(bbc_next(bbc_stream(bbc_post(0), bbc_post(1)))), url=BBC)
    assert (found.blog.format, found.blog.title, found.blog.live) == ("bbc", "Storm in Ribe", True)
    assert [entry.id for entry in found.entries] == list(UUIDS[:2])
    assert [entry.title for entry in found.entries] == ["Report 0", "Report 1"]
    assert {entry.text for entry in found.entries} == {"Rain in Ribe."}


def test_a_bbc_post() -> None:
    content = (
        fragment("\n    "),
        paragraph(fragment("Rain & "), fragment("hail", "bold", "italic")),
        branch("unorderedList", branch("listItem", paragraph(fragment("Ribe"))), branch("listItem", fragment("Fanø"))),
        paragraph(
            fragment("See "),
            branch("urlLink", fragment("the map"), text="the map", locator="https://maps.example/ribe"),
            branch("urlLink", fragment(" or not"), text=" or not", locator="javascript:alert(1)"),
        ),
        branch(
            "image",
            {"type": "rawImage", "model": {"locator": "a/live/b.jpg", "originCode": "cpsprodpb"}},
            line("altText", "A dyke"),
            line("caption", "The dyke at Ribe"),
        ),
        {"type": "social", "model": {"source": "https://social.example/post/1", "blocks": []}},
        branch("blockquote", paragraph(fragment("<b>Stay home</b>"))),
    )  # fmt: skip
    header = [
        line("headline", "Dyke holds"),
        line("subheadline", "In the west"),
        {"type": "contributor", "model": {"name": "By Ana Roth", "subtitle": "Reporter", "blocks": []}},
    ]
    dates = {"firstPublished": "2026-03-01T12:00:00+00:00", "lastPublished": "2026-03-01T12:05:00+00:00"}
    post = bbc_post(0, *content, header=header, dates=dates, options={"isBreakingNews": True})
    entry = answer({"data": bbc_stream(post)}).entries[0]
    assert (entry.id, entry.title, entry.authors, entry.key_event) == (UUIDS[0], "Dyke holds", ("Ana Roth",), True)
    assert entry.text == "In the west\n\nRain & hail\n\nRibe\n\nFanø\n\nSee the map or not\n\n<b>Stay home</b>"
    assert "<b><i>hail</i></b>" in entry.html
    assert 'href="https://maps.example/ribe"' in entry.html
    assert "javascript" not in entry.html
    assert "&lt;b&gt;" in entry.html
    assert (entry.published_at, entry.updated_at) == (NOON, NOON.replace(minute=5))
    assert [link.url for link in entry.links] == ["https://social.example/post/1"]
    picture = entry.images[0]
    assert picture.url == "https://ichef.bbci.co.uk/ace/ws/800/cpsprodpb/a/live/b.jpg"
    assert (picture.alt, picture.caption) == ("A dyke", "The dyke at Ribe")
    assert entry.url == f"{BBC}?post=asset%3A{UUIDS[0].removeprefix('asset:')}#post"


def test_a_bbc_promotion_without_content() -> None:
    post = bbc_post(
        0, header=[], titles=[{"title": "Full report"}], descriptions=[{"text": "What is known"}],
        link={"url": "/news/articles/c2"},
    )  # fmt: skip
    post["header"], post["content"] = None, None
    entry = answer(bbc_stream(post)).entries[0]
    assert (entry.title, entry.text) == ("Full report", "What is known")
    assert entry.links[0].url == "https://www.bbc.com/news/articles/c2"


def test_the_bbcs_pages_of_one_stream() -> None:
    whole = read(WAYS["escaped"](bbc_initial(bbc_stream(bbc_post(0)))), url=BBC)
    assert (whole.complete, whole.more) == (True, ())
    assert whole.poll_url == (
        "https://www.bbc.com/wc-data/container/stream?assetId=c1&globalContainerPolling=true&liveTextStreamId=8E1A"
        "&pageNumber=1&pageSize=20"
    )
    first = read(WAYS["escaped"](bbc_initial(bbc_stream(bbc_post(0), total=3))), url=f"{BBC}?post=asset%3Ax")
    assert (first.complete, first.more) == (False, (f"{BBC}?page=2", f"{BBC}?page=3"))
    polled = answer(bbc_stream(bbc_post(0), index=2, total=3), url=whole.poll_url or "")
    assert [url[-12:] for url in polled.more] == ["pageNumber=3"]
    assert (polled.complete, polled.blog.url) == (False, None)
    closed = read(WAYS["escaped"](bbc_initial(bbc_stream(bbc_post(0)), isLive=False)), url=BBC)
    assert (closed.blog.live, closed.poll_url) == (False, None)


def test_what_did_not_change_is_known_from_the_last_page() -> None:
    memo = Memo()
    before = read(WAYS["assigned"](bbc_next(bbc_stream(bbc_post(0)))), url=BBC, memo=memo).entries
    after = read(WAYS["assigned"](bbc_next(bbc_stream(bbc_post(1), bbc_post(0)))), url=BBC, memo=memo).entries
    assert after[0] is before[0]
    assert len(memo) == 2


def test_a_promotion_of_another_live_page_says_nothing_of_this_one() -> None:
    state = {"promo": {"title": "Strike", "isLive": True}} | bbc_next(bbc_stream(bbc_post(0)), isLive=False)
    blog = read(WAYS["assigned"](state), url=BBC).blog
    assert (blog.title, blog.live) == ("Storm in Ribe", False)


def test_the_bbcs_promotions_are_no_stream() -> None:
    promos = {"results": [{"urn": "urn:a", "title": "Report", "url": "/news/1", "dates": {"firstPublished": "x"}}] * 3}
    with pytest.raises(NoLiveBlogError):
        answer({"liveTextStream": {"id": "x"}, "data": promos})


def test_al_jazeera_entry_by_entry() -> None:
    moved = aje_post(
        "9",
        content='<p>This live page is closing.</p><p>Join us <a href="/news/liveblog/2026/3/2/storm-ends">here</a>.</p>'
        '<figure><img src="/a.jpg?w=1&#038;h=2" alt="A dyke"><figcaption>At Ribe</figcaption></figure>',
        modified_gmt="2026-03-01T12:01:00",
    )
    found = answer(
        {"data": {"posts": moved}}, url="https://www.aljazeera.com/graphql?operationName=LiveBlogUpdateQuery"
    )
    entry = found.entries[0]
    assert (entry.id, entry.title, entry.authors) == ("9", "Report 9", ("Ana Roth",))
    assert (entry.published_at, entry.updated_at) == (NOON, NOON.replace(minute=1))
    assert entry.url == f"{AJE}?update=9"
    assert entry.images[0].url == "https://www.aljazeera.com/a.jpg?w=1&h=2"
    assert entry.images[0].caption == "At Ribe"
    assert (found.blog.url, found.blog.live) == (AJE, False)
    assert found.blog.next_url == "https://www.aljazeera.com/news/liveblog/2026/3/2/storm-ends"
    assert not found.complete


def test_al_jazeera_shell_and_what_it_shows() -> None:
    shell = answer({"data": {"article": aje_shell(3, 2)}}, url=AJE)
    assert (shell.entries, shell.blog.title, shell.blog.live, shell.complete) == ((), "Storm live", True, False)
    assert shell.more == ()
    url = "https://www.aljazeera.com/graphql?wp-site=aje&operationName=ArchipelagoSingleLiveBlogQuery&variables=%7B%7D"
    asked = answer({"data": {"article": aje_shell(3, 2, childrenMeta=[{"id": "4"}, {"id": "3"}])}}, url).more
    assert [parse_qs(urlsplit(more).query)["operationName"] for more in asked] == [["LiveBlogUpdateQuery"]] * 3
    assert [json.loads(parse_qs(urlsplit(more).query)["variables"][0])["postID"] for more in asked] == [4, 3, 2]
    hidden = aje_post("2", shouldDisplayTitle=False, showAuthor=False, date="2026-03-01T11:00:00")
    state = {
        "Post:1": aje_shell(3, 2),
        "Post:2": hidden,
        "Post:3": aje_post("3", author=[{"__ref": "User:7"}]),
        "User:7": {"name": "Kim Dahl"},
    }
    found = read(script(f"window.__APOLLO_STATE__={as_json(state)};"), url=AJE)
    assert [(entry.id, entry.title, entry.authors) for entry in found.entries] == [
        ("3", "Report 3", ("Kim Dahl",)), ("2", None, ()),
    ]  # fmt: skip
    assert found.complete
    assert not read(script(f"window.__APOLLO_STATE__={as_json(state | {'Post:2': {}})};"), url=AJE).complete
    with pytest.raises(NoLiveBlogError):
        answer({"data": {"posts": None}}, url=AJE)


def test_state_and_json_ld_are_merged() -> None:
    state = as_json(bbc_next(bbc_stream(bbc_post(0), bbc_post(1))))
    page = jsonld_page(
        live_blog(update(UUIDS[0], headline="Report 0", author={"name": "The page's byline"})),
        body=f'<script type="application/json">{state}</script>',
    )
    found = read(page, url=BBC)
    assert found.blog.format == "bbc+jsonld"
    assert [entry.id for entry in found.entries] == list(UUIDS[:2])


def test_a_models_flag_outweighs_an_end_that_publishers_move_along() -> None:
    state = as_json(bbc_next(bbc_stream(bbc_post(0)), isLive=False))
    blog = live_blog(update(UUIDS[0]), coverageEndTime="2026-03-02T00:00:00Z")
    page = jsonld_page(blog, body=f'<script type="application/json">{state}</script>')
    assert read(page, url=BBC).blog.live is False


TEXT = "The bridge at Vejle stays closed until the wind falls, the police say."


def post(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"k{number}x",
        "headline": f"Report {number}",
        "body": f"<p>{TEXT}</p>",
        "publishedAt": f"2026-03-01T12:0{9 - number}:00Z",
    } | rest


def unknown(posts: object, under: str = "liveUpdates", title: str = "Storm") -> Page:
    page = f"<!doctype html><html><head><title>{title}</title></head><body><script>window.S = "
    url = "https://news.example/2026/storm"
    return read(f"{page}{as_json({'page': {under: posts}})};</script></body></html>".encode(), url=url)


def test_posts_of_an_unknown_model() -> None:
    rich = [{"type": "p", "value": "Rain in Ribe, and more of it to come."}, {"type": "p", "value": "Stay home."}]
    found = unknown(
        [
            post(0, authors=[{"name": "Ana Roth"}, "Kim Dahl"], isBreaking=True, updatedAt="2026-03-01T13:00:00Z"),
            post(1, body=None, content=rich, pinned=True, byline="By Ana Roth and Kim Dahl"),
            post(2, status="draft"),
            post(3, deleted=True, publishedAt=1_772_366_400),
        ]
    )
    first, second, gone = found.entries
    assert found.blog.format == "posts"
    assert (first.id, first.title, first.text, first.key_event) == ("k0x", "Report 0", TEXT, True)
    assert first.authors == second.authors == ("Ana Roth", "Kim Dahl")
    assert first.updated_at == NOON.replace(hour=13)
    assert second.text == "Rain in Ribe, and more of it to come.\n\nStay home."
    assert (gone.id, gone.deleted, gone.published_at) == ("k3x", True, NOON)


POSTS = [post(n) for n in range(4)]


@pytest.mark.parametrize(
    ("posts", "under"),
    [
        ([post(n, url=f"/news/{n}") for n in range(4)], "liveUpdates"),
        ([post(n, slug=f"report-{n}") for n in range(4)], "liveUpdates"),
        ([post(n, username="ana") for n in range(4)], "livePosts"),
        ([post(n, likes=3) for n in range(4)], "livePosts"),
        (POSTS, "comments"),
        (POSTS, "relatedArticles"),
        (POSTS, "items"),
        ([post(n, body=None) for n in range(4)], "liveUpdates"),
        ([post(n, body="Goal!") for n in range(4)], "liveUpdates"),
        ([post(n, publishedAt=None) for n in range(4)], "liveUpdates"),
        ([post(n, publishedAt="soon") for n in range(4)], "liveUpdates"),
        ([post(n, id=None) for n in range(4)], "liveUpdates"),
        ([post(1), post(1), post(1)], "liveUpdates"),
        (POSTS[:2], "liveUpdates"),
        ([*POSTS[:3], *[{"ad": n} for n in range(4)]], "liveUpdates"),
    ],
    ids=["articles", "slugs", "readers", "liked", "comments", "related", "no sign of live", "no text", "little text",
         "no time", "no real time", "no id", "one id", "two only", "few posts"],
)  # fmt: skip
def test_lists_that_are_no_posts(posts: object, under: str) -> None:
    with pytest.raises(NoLiveBlogError):
        unknown(posts, under)


def test_a_page_that_calls_itself_live_needs_no_telling_name() -> None:
    assert len(unknown(POSTS, "items", "Storm – live updates").entries) == 4
    with pytest.raises(NoLiveBlogError):
        unknown(POSTS, "stories", "Storm – live updates")


@pytest.mark.parametrize(
    "code",
    [
        'window.a = {"liveTextStream": ' + "[" * 20_000,
        'window.a = "liveTextStream' + "\\" * 9,
        "liveTextStream = '" + "{" * 50_000,
        "x(" * 50_000 + "liveTextStream",
    ],
)
def test_broken_state_is_no_state(code: str) -> None:
    with pytest.raises(NoLiveBlogError):
        read(script(code), url=BBC)


def test_deep_and_wide_state_is_bounded() -> None:
    tree: dict[str, Any] = paragraph(fragment("end"))
    for _ in range(200):
        tree = branch("text", tree)
    found = answer(bbc_stream(bbc_post(0, tree), *({"urn": str(n), "dates": {}, "content": {}} for n in range(20_000))))
    assert len(found.entries) == 10_000
    assert found.entries[0].text == ""
    assert not found.complete
