"""The page as a program reads it: structured data and DOM agree, and nothing that a recording says breaks out."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
from selectolax.lexbor import LexborHTMLParser

from livebell.replay.page import render
from livebell.replay.playback import State, state_at
from livebell.replay.recording import DEMO, load_recording
from shared.records import Blog, Entry, Image, Link

URL = "http://127.0.0.1:8010/"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
RECORDED = load_recording(DEMO)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)
nasty = (
    st.sampled_from(["</script><script>alert(1)</script>", "</article>", '" onload="x', "<!--", "&lt;b&gt;"]) | words
)


def page(*entries: Entry, **blog: Any) -> LexborHTMLParser:
    blog = {"url": None, "title": "Snow in Sofia", "live": True, "published_at": NOON} | blog
    return LexborHTMLParser(render(State(blog=Blog(**blog), entries=entries, closed_at=None), URL))


def structured(tree: LexborHTMLParser) -> dict[str, Any]:
    node = tree.css_first('script[type="application/ld+json"]')
    assert node is not None
    return json.loads(node.text())


def test_the_whole_demo_is_in_the_dom_and_in_the_structured_data():
    state = state_at(RECORDED, RECORDED.ends)
    tree = LexborHTMLParser(render(state, URL, speed=60))
    posting = structured(tree)
    assert posting["@type"] == "LiveBlogPosting"
    assert posting["coverageEndTime"] == "2026-11-12T21:32:00Z"
    living = [entry for entry in state.entries if not entry.deleted]
    assert [update["@id"] for update in posting["liveBlogUpdate"]] == [f"{URL}#{entry.id}" for entry in living]
    articles = tree.css("article")
    assert [article.attributes["id"] for article in articles] == [entry.id for entry in state.entries]
    assert len(tree.css("article[data-tombstone]")) == 2
    assert articles[0].attributes["id"] == "what-we-know"
    assert "data-pinned" in articles[0].attributes
    assert len(tree.css("article[data-key-event]")) == sum(entry.key_event for entry in living)
    for entry, update in zip(living, posting["liveBlogUpdate"], strict=True):
        assert update["articleBody"] == entry.text
        assert update.get("headline") == entry.title
        assert [author["name"] for author in update["author"]] == list(entry.authors)
        assert ("dateModified" in update) == (entry.updated_at is not None)


def test_an_entry_shows_its_times_authors_cards_and_pictures():
    tree = page(
        Entry(
            id="a",
            title="Roads reopen",
            text="One.\n\nTwo\nlines.",
            authors=("Ana Petkova", "Ivo Stanev"),
            published_at=NOON,
            updated_at=NOON + timedelta(seconds=90, milliseconds=250),
            links=(Link(url="https://news.example.org/x", title="In full", summary="A summary"),),
            images=(Image(url="https://images.example.org/p.jpg", alt="A plough", caption="At work"),),
        )
    )
    article = tree.css_first("article#a")
    assert article is not None
    assert [node.attributes["datetime"] for node in article.css("time")] == [
        "2026-03-04T12:00:00Z",
        "2026-03-04T12:01:30.250Z",
    ]
    assert [node.text() for node in article.css(".author")] == ["Ana Petkova", "Ivo Stanev"]
    assert [node.html for node in article.css(".body p")] == ["<p>One.</p>", "<p>Two<br>lines.</p>"]
    assert article.css_first(".link-card a").attributes["href"] == "https://news.example.org/x"
    assert article.css_first("figure img").attributes["alt"] == "A plough"
    assert article.css_first("figcaption").text() == "At work"


def test_what_an_entry_lacks_is_left_out():
    tree = page(Entry(id="a", text="Only text."))
    assert set(structured(tree)["liveBlogUpdate"][0]) == {"@type", "@id", "url", "articleBody"}
    assert not tree.css("article time, article h2, article figure, article .link-card")


@given(nasty, nasty, nasty, nasty)
def test_no_text_breaks_out_of_its_place(name: str, title: str, text: str, author: str):
    entry = Entry(id=name, title=title, text=text, authors=(author,), published_at=NOON)
    tree = page(entry, Entry(id="last", text="Last."), title=title, description=text, comments_url=text)
    assert [article.attributes["id"] for article in tree.css("article")] == [name, "last"]
    update = structured(tree)["liveBlogUpdate"][0]
    assert (update["headline"], update["articleBody"], update["author"][0]["name"]) == (title, text, author)
    assert len(tree.css("script")) == 2
    assert tree.css_first("article h2").text() == title


@given(nasty)
def test_html_of_a_recording_is_cleaned(inner: str):
    markup = f'<p onclick="x">{inner}<img src=x onerror=y><iframe src="//example.org"></iframe></p></div></article>'
    tree = page(Entry(id="a", text="x", html=markup), Entry(id="b", text="x"))
    assert len(tree.css("article")) == 2
    assert not tree.css("article img, iframe, [onclick], [onerror], article script")


def test_links_lead_only_to_the_web():
    links = (Link(url="javascript:alert(1)", title="no"), Link(url="https://example.org/", title="yes"))
    tree = page(Entry(id="a", links=links))
    assert [node.attributes["href"] for node in tree.css(".link-card a")] == ["#", "https://example.org/"]


def test_the_page_loads_nothing_from_elsewhere():
    tree = LexborHTMLParser(render(state_at(RECORDED, RECORDED.ends), URL))
    assert not tree.css("script[src], iframe, link[rel=stylesheet]")
    assert all("url(" not in node.text() and "@import" not in node.text() for node in tree.css("style"))


# The fetcher's image, which plays the demo of Compose, holds no nh3.
WITHOUT_NH3 = """
import sys
sys.modules["nh3"] = None
from livebell.replay.page import render
from livebell.replay.playback import State
from livebell.replay import server
from shared.records import Blog, Entry
entry = Entry(id="a", text="Rain & wind.", html="<p>Rain &amp; <b>wind</b>.<script>alert(1)</script></p>")
print(render(State(blog=Blog(url=None, title="Storm"), entries=(entry,), closed_at=None), "http://127.0.0.1:8010/"))
"""


def test_where_nothing_cleans_html_the_plain_text_stands():
    shown = subprocess.run([sys.executable, "-c", WITHOUT_NH3], capture_output=True, text=True, check=True).stdout
    body = LexborHTMLParser(shown).css_first(".body")
    assert body is not None
    assert body.inner_html == "<p>Rain &amp; wind.</p>"
