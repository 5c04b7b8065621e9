"""Feeds as readers take them: Atom parsed as XML, JSON Feed as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from services.gateway.tests.conftest import ADMIN, Gateway
from services.gateway.tests.make import BLOG, enriched
from shared.records import Blog

ATOM = "{http://www.w3.org/2005/Atom}"
SCRIPT = "<script>alert(1)</script>"


async def atom(gateway: Gateway, source: str = "ferry") -> ElementTree.Element:
    status, headers, body = await gateway.call("GET", f"/feeds/{source}.atom")
    assert (status, headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    return ElementTree.fromstring(body)


async def json_feed(gateway: Gateway, source: str = "ferry") -> Any:
    status, headers, body = await gateway.call("GET", f"/feeds/{source}.json")
    assert (status, headers["content-type"]) == (200, "application/feed+json")
    return body


async def test_both_hold_the_standing_entries_newest_first(gateway: Gateway):
    await gateway.happen(
        enriched("e1", minutes=1, authors=("Asta Holm",)),
        enriched("e2", minutes=2),
        enriched("gone", minutes=3),
        enriched("gone", minutes=3, revision=2, deleted=True),
        enriched("other", source="quay"),
    )
    root = await atom(gateway)
    assert [one.findtext(f"{ATOM}title") for one in root.iter(f"{ATOM}entry")] == ["Entry e2", "Entry e1"]
    assert [one.findtext(f"{ATOM}author/{ATOM}name") for one in root.iter(f"{ATOM}entry")] == [BLOG.title, "Asta Holm"]
    for part in ("id", "title", "updated"):
        assert all(one.findtext(ATOM + part) for one in [root, *root.iter(f"{ATOM}entry")])
    feed = await json_feed(gateway)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == [one.findtext(f"{ATOM}id") for one in root.iter(f"{ATOM}entry")]
    assert feed["items"][1]["authors"] == [{"name": "Asta Holm"}]


async def test_each_filter_has_a_feed_of_its_own(gateway: Gateway):
    await gateway.happen(enriched("e1"))

    async def named(query: str) -> str | None:
        _, _, body = await gateway.call("GET", f"/feeds/ferry.atom{query}")
        return ElementTree.fromstring(body).findtext(f"{ATOM}id")

    plain, words, same, other = [await named(query) for query in ("", "?words=e1,x", "?words=e1%2Cx", "?words=x")]
    assert plain == "urn:livebell:ferry"
    assert words == same
    assert len({plain, words, other}) == 3


async def test_an_edit_keeps_the_id_and_moves_the_time(gateway: Gateway):
    await gateway.happen(enriched("e1"))
    before = (await json_feed(gateway))["items"][0]
    await gateway.happen(enriched("e1", revision=2, text="Mended."))
    after = (await json_feed(gateway))["items"][0]
    assert (after["id"], after["content_text"]) == (before["id"], "Mended.")
    assert datetime.fromisoformat(after["date_modified"]) > datetime.fromisoformat(before["date_modified"])


async def test_what_a_hostile_page_says_stays_text(gateway: Gateway):
    """A title is text in both formats; nothing that is no web address becomes a link; XML holds what it can."""
    hostile = enriched(
        SCRIPT,
        title=f"{SCRIPT} ]]> & \x00\x0b\ufffe \U0001f6a2",
        url="javascript:alert(1)",
        authors=(SCRIPT,),
        blog=Blog(url="javascript:alert(2)", title=SCRIPT),
    )
    await gateway.happen(hostile)
    root = await atom(gateway)
    [entry] = root.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == f"{SCRIPT} ]]> &  \U0001f6a2"
    assert all("type" not in title.attrib for title in root.iter(f"{ATOM}title"))
    assert not list(root.iter("script"))
    assert [link.get("rel") for link in root.iter(f"{ATOM}link")] == ["self"]
    feed = await json_feed(gateway)
    assert not {"url", "home_page_url"} & {*feed, *feed["items"][0]}
    assert "<" not in feed["items"][0]["id"]


async def test_a_watched_live_blog_has_a_feed_before_its_first_entry(gateway: Gateway):
    source = {"url": "https://news.example/quay", "id": "quay", "title": "The quay"}
    assert (await gateway.call("POST", "/api/v1/sources", source, token=ADMIN))[0] == 201
    root = await atom(gateway, "quay")
    assert root.findtext(f"{ATOM}title") == "The quay"
    feed = await json_feed(gateway, "quay")
    assert (feed["title"], feed["items"]) == ("The quay", [])
