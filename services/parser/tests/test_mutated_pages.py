"""Pages cut, doubled, swapped and spoilt at random: whatever comes of them, it is a page or none, bounded and clean."""

from __future__ import annotations

import re
from datetime import timedelta

from hypothesis import HealthCheck, given, settings, strategies as st

from services.parser.clean import TAGS
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, LINKS
from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import NOW, TESTDATA, read

PAGES = tuple(path.read_bytes() for path in sorted(TESTDATA.iterdir()))
SPOILT = (
    *b"""< > " ' & ]]> <![CDATA[ <!-- </ \x00 \xff\xfe \xed\xa0\x80 <script> -1 1e999 null { &#0; &nbsp; http://[
    "id":[] javascript:alert(1) 9999-12-31T23:59:59-14:00""".split(),
    b" itemscope ",
    b' itemprop="liveBlogUpdate" ',
    b'<meta content="a "b" c">',
    b"<svg><p onload=x>",
    b"<table><tr id=live-1 data-sort-time=1>",
    b"9" * 400,
    b"[" * 200,
    b"<div id='x'>" * 30,
)
_TAG = re.compile(r'<[a-zA-Z/](?:[^"<>]|"[^"]*")*>')
_ATTRIBUTES = frozenset({"alt", "datetime", "href", "lang", "rel", "src", "title"})


def dangers(markup: str) -> list[str]:
    """Tags of sanitised HTML that should not be in it."""
    found = []
    for tag in _TAG.findall(markup):
        name = re.split(r"[\s>]", tag.strip("</"))[0].lower()
        attributes = set(re.findall(r"\s([\w-]+)", re.sub(r'"[^"]*"', "", tag)))
        if (
            name not in TAGS
            or attributes - _ATTRIBUTES
            or re.search(r'(?:href|src)="\s*(?:javascript|data):', tag, re.IGNORECASE)
        ):
            found.append(tag)
    return found


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    page = draw(st.sampled_from(PAGES))
    for _ in range(draw(st.integers(1, 6))):
        start, length = draw(st.integers(0, len(page))), draw(st.integers(0, 300))
        piece = page[start : start + length]
        match draw(st.sampled_from(("cut", "double", "spoil", "move", "mix"))):
            case "cut":
                page = page[:start] + page[start + length :]
            case "double":
                page = page[:start] + piece * 3 + page[start:]
            case "spoil":
                page = page[:start] + draw(st.sampled_from(SPOILT)) + page[start:]
            case "move":
                page = page[start + length :] + piece + page[:start]
            case _:
                other = draw(st.sampled_from(PAGES))
                page = page[:start] + other[start : start + length] + page[start:]
    return page


@settings(max_examples=400, deadline=timedelta(seconds=5), suppress_health_check=list(HealthCheck))
@given(mutated(), st.sampled_from(("text/html", "application/xml", "application/json", None)))
def test_a_mutated_page_is_read_or_is_none(page: bytes, content_type: str | None) -> None:
    try:
        found = read(page, content_type=content_type, timezone="Europe/Copenhagen")
    except NoLiveBlogError:
        return
    assert len(found.entries) <= 4 * ENTRIES
    assert len({entry.id for entry in found.entries}) == len(found.entries)
    for entry in found.entries:
        assert not dangers(entry.html)
        assert "<script" not in (entry.title or "").lower() or "<" not in (entry.title or "")
        assert len(entry.authors) <= AUTHORS
        assert len(entry.links) <= LINKS
        assert len(entry.images) <= IMAGES
        assert entry.url is None or entry.url.lower().startswith(("http://", "https://"))
        assert entry.published_at is None or entry.published_at <= NOW + timedelta(days=2)
