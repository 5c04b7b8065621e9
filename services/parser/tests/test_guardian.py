"""The Guardian: its page model, its pages as HTML, and what it answers who polls; news of our own invention."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import html as jsonld_page, live_blog, read
from services.parser.tests.states import as_json, script
from services.parser.tests.test_json_models import MS, WEB, block, guardian
from shared.records import Page

AT_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
A, B = "a" * 24, "b" * 24
TYPE = "model.dotcomrendering.pageElements."


def answer(value: object, url: str = f"{WEB}.json") -> Page:
    return read(json.dumps(value).encode(), url=url, content_type="application/json")


def element(kind: str, **rest: Any) -> dict[str, Any]:
    return {"_type": TYPE + kind} | rest


def test_every_element_of_a_block_is_text_a_link_or_a_picture() -> None:
    picture = {"media": {"allImages": [{"url": "https://img.example/a.jpg"}]}, "data": {"caption": "At Ribe"}}
    elements = [
        element("SubheadingBlockElement", html="<h2>In the west</h2>"),
        element("TextBlockElement", html="<p>Rain.</p>"),
        element("BlockquoteBlockElement", html="<blockquote><p>Stay home.</p></blockquote>"),
        element("RichLinkBlockElement", url="/world/2026/mar/01/storm", text="Full report", prefix="Related: "),
        element("YoutubeBlockElement", assetId="x1", mediaTitle="The dyke"),
        element("EmbedBlockElement", html='<iframe src="https://maps.example/?a=1&amp;b=2"></iframe>', alt="A map"),
        element("InteractiveBlockElement", url="https://parts.example/table", html="<p>loading</p>"),
        element("TweetBlockElement", url="https://social.example/1", html="<blockquote><p>Hail.</p></blockquote>"),
        element(
            "ListBlockElement", items=[{"title": "One", "elements": [element("TextBlockElement", html="<p>Two</p>")]}]
        ),
        element("MultiImageBlockElement", images=[element("ImageBlockElement", **picture)]),
        element("CommentBlockElement", body="<p>Three</p>"),
        element("AdPlaceholderBlockElement"),
        element("WhateverBlockElement", html="<p>Four</p>"),
    ]
    entry = answer(guardian(block("b1", elements=elements))).entries[0]
    assert entry.text == "In the west\n\nRain.\n\nStay home.\n\nHail.\n\nOne\n\nTwo\n\nThree\n\nFour"
    assert [(link.url, link.title) for link in entry.links] == [
        ("https://www.theguardian.com/world/2026/mar/01/storm", "Full report"),
        ("https://www.youtube.com/watch?v=x1", "The dyke"),
        ("https://maps.example/?a=1&b=2", "A map"),
        ("https://parts.example/table", None),
    ]
    assert [image.caption for image in entry.images] == ["At Ribe"]


def test_flags_and_a_last_update_before_the_first_publication() -> None:
    summary = block("s", attributes={"summary": True, "keyEvent": False, "pinned": False})
    page = answer(guardian(summary, block("p"), pinnedPost=block("p", blockFirstPublished=MS - 5)))
    assert [(e.id, e.key_event, e.pinned, e.updated_at) for e in page.entries] == [
        ("s", True, False, None), ("p", False, True, None),
    ]  # fmt: skip


def test_older_pages_are_asked_for_as_this_one_was_and_news_by_the_newest_block() -> None:
    pages = {"currentPage": 1, "totalPages": 3, "older": f"?page=with:block-{B}", "oldest": "?page=with:block-c"}
    model = guardian(block(A), pagination=pages, mostRecentBlockId=f"block-{A}")
    page = answer(model, f"{WEB}.json?dcr=true&page=x")
    assert page.more == (f"{WEB}.json?dcr=true&page=with:block-{B}", f"{WEB}.json?dcr=true&page=with:block-c")
    assert page.poll_url == f"{WEB}.json?lastUpdate=block-{A}&isLivePage=true"
    assert answer(model, WEB).more[0] == f"{WEB}?page=with:block-{B}"
    closed = answer(guardian(block(A), config={"isLive": False}))
    assert (closed.poll_url, closed.blog.live) == (None, False)
    second = answer(guardian(block(A), pagination=pages | {"currentPage": 2}))
    assert second.poll_url is None
    assert not answer(guardian(block(A), pages=1, filterKeyEvents=True)).complete


def test_the_model_inside_a_page() -> None:
    page = read(script(f"window.guardian = {as_json({'article': guardian(block('b1', title='Summary'))})};"), url=WEB)
    assert (page.blog.format, page.entries[0].id, page.entries[0].title) == ("guardian", "b1", "Summary")


def article(name: str, *, at: str = "2026-03-01T12:00:00.000Z", title: str = "", body: str = "<p>Rain in Ribe.</p>",
            edited: str = "", pin: bool = False, author: str = "") -> str:  # fmt: skip
    title = f"<h2 class=dcr-1>{title}</h2>" if title else ""
    pinned = '<a href="/live#pinned-post"><span></span></a>' if pin else ""
    face = '<div><img src="https://img.example/ana.jpg"></div>'
    byline = f'<div class="dcr-4">{face}<span>{author}</span></div>'
    update = f'<div><time datetime="{edited}">Updated at 12.30</time></div>' if edited else ""
    return (
        f'<article id="block-{name}" class="block dcr-9"><header class=dcr-2>'
        f'<div><a href="?page=with:block-{name}#block-{name}">'
        f'<time datetime="{at}" data-relativeformat="med">6h ago</time><span>12.00 GMT</span></a>{pinned}</div>{title}'
        f"{byline if author else ''}</header>{body}"
        f"<footer><gu-island name=ShareButton>Share</gu-island>{update}</footer></article>"
    )


def guardian_page(*articles: str, number: int = 1, live: bool = True, head: str = "") -> bytes:
    props = f"{{&quot;pageId&quot;:&quot;x&quot;,&quot;mostRecentBlockId&quot;:&quot;block-{A}&quot;}}"
    older = f'<section><a href="?page=with%3Ablock-{B}#liveblog-navigation">Next</a></section>'
    newer = f'<section><a href="?page=with%3Ablock-{A}#maincontent">Newest</a></section>' if number > 1 else ""
    return (
        f"<!doctype html><html><head>{head}"
        f'<script>window.guardian = {{"config":{{"isLive":{str(live).lower()}}}}}</script></head>'
        f'<body><gu-island name="Liveness" props="{props}"></gu-island>'
        f"<div id=pinned-post><article class=block>Copy</article></div>"
        f'<div id="liveblog-body">{"".join(articles)}</div><nav id="liveblog-navigation">{newer}'
        f"<section><strong>{number}</strong> of <strong>3</strong></section>{older}</nav></body></html>"
    ).encode()


def test_the_page_as_html() -> None:
    found = read(
        guardian_page(
            article(A, title="Dyke holds", author="Ana Roth", edited="2026-03-01T12:30:00.000Z"),
            article(B, pin=True, at="2026-03-01T11:00:00.000Z", edited="2026-03-01T10:59:00.000Z"),
        ),
        url=WEB,
    )
    first, second = found.entries
    assert (found.blog.format, found.blog.live) == ("guardianpage", True)
    assert (first.id, first.title, first.text, first.authors) == (A, "Dyke holds", "Rain in Ribe.", ("Ana Roth",))
    assert (first.published_at, first.updated_at) == (AT_NOON, AT_NOON.replace(minute=30))
    assert (second.title, second.pinned, second.updated_at) == (None, True, None)
    assert found.more == (f"{WEB}?page=with%3Ablock-{B}",)
    assert found.poll_url == f"{WEB}.json?lastUpdate=block-{A}&isLivePage=true"
    assert read(guardian_page(article(A), live=False), url=WEB).poll_url is None
    assert read(guardian_page(article(A), number=2), url=WEB).more == ()


def test_json_ld_that_lies_is_set_right_by_the_page() -> None:
    lies = [
        {"@type": "BlogPosting", "@id": name, "headline": "Storm latest", "datePublished": "2026-03-01T09:00:00Z",
         "author": [{"name": "Ana Roth"}, {"name": "Ole Friis"}], "articleBody": text}
        for name, text in ((A, "Rain " * 200), (B, "Rain in Ribe."))
    ]  # fmt: skip
    blog = live_blog(*lies, headline="Storm latest", datePublished="2026-03-01T09:00:00Z", url=WEB)
    blog["author"] = [{"name": "Ana Roth"}, {"name": "Ole Friis"}]
    head = jsonld_page(blog).decode().partition("<head>")[2].partition("</head>")[0]
    whole = f"<p>{'Rain ' * 300}</p>"
    found = read(guardian_page(article(A, body=whole), article(B, at="2026-03-01T11:00:00Z"), head=head), url=WEB)
    assert [(entry.id, entry.title, entry.authors) for entry in found.entries] == [(A, None, ()), (B, None, ())]
    assert [entry.published_at for entry in found.entries] == [AT_NOON, AT_NOON.replace(hour=11)]
    assert len(found.entries[0].text) == 1_499


def test_what_the_endpoint_answers_who_polls() -> None:
    url = f"{WEB}.json?lastUpdate=block-{B}&isLivePage=true"
    news = {
        "timeline": "<ul></ul>",
        "numNewBlocks": 1,
        "html": article(A, title="Dyke holds"),
        "mostRecentBlockId": f"block-{A}",
    }
    found = answer(news, url)
    assert [(entry.id, entry.title, entry.published_at) for entry in found.entries] == [(A, "Dyke holds", AT_NOON)]
    assert (found.complete, found.blog.url) == (False, WEB)
    assert found.poll_url == f"{WEB}.json?lastUpdate=block-{A}&isLivePage=true"
    none = answer({"timeline": "", "numNewBlocks": 0, "html": ""}, url)
    assert (none.entries, none.poll_url) == ((), url)
    old = (
        f'<div id="block-{A}" class="block is-key-event"><p class="block-time">'
        '<time datetime="2026-03-01T12:00:00+0000">12.00</time></p>'
        '<h2 class="block-title">Dyke holds</h2><div><p>Rain.</p></div></div>'
    )
    entry = answer({"timeline": "", "numNewBlocks": 1, "html": old}, url).entries[0]
    assert (entry.id, entry.title, entry.text, entry.key_event) == (A, "Dyke holds", "Rain.", True)
    assert entry.published_at == AT_NOON


@pytest.mark.parametrize("value", [{"numNewBlocks": 1}, {"blocks": [], "id": 1}, {"webURL": WEB, "blocks": 1}, {}])
def test_other_answers_are_no_live_blog(value: object) -> None:
    with pytest.raises(NoLiveBlogError):
        answer(value)
