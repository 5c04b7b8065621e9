"""Listings that are damaged in part: what is whole is read, and the damage is named."""

from __future__ import annotations

import json

from services.parser.doubts import BROKEN_DATA, BROKEN_TEXT, TOO_MANY
from services.parser.limits import ENTRIES
from services.parser.tests.pages import html, live_blog, read, update
from shared.records import Page

WHOLE = html(live_blog(*(update(name) for name in ("ka", "kb", "kc"))))


def names(page: Page) -> list[str]:
    return [entry.id for entry in page.entries]


def doubts(page: Page) -> dict[str, int]:
    return {doubt.reason: doubt.count for doubt in page.doubts}


def test_a_page_that_is_cut_off_gives_the_entries_before_the_cut() -> None:
    page = read(WHOLE[: WHOLE.index(b"Report kc")])
    assert names(page) == ["ka", "kb"]
    assert (page.blog.title, doubts(page)) == ("Storm latest", {BROKEN_DATA: 1})


def test_a_raw_quote_costs_the_entry_it_stands_in_alone() -> None:
    page = read(WHOLE.replace(b"Report kb", b'The "Report" kb'))
    assert names(page) == ["ka", "kc"]


def test_a_script_that_a_body_closes_goes_on_behind_it() -> None:
    body = "<p>Rain.</p><script>alert(1)</script><p>Wind.</p>"
    page = read(html(live_blog(update("ka", articleBody=body), update("kb"))))
    assert names(page) == ["ka", "kb"]
    assert page.entries[0].text == "Rain.\n\nWind."
    assert "script" not in page.entries[0].html


def test_what_stands_in_an_entry_is_no_entry() -> None:
    inner = {"@type": "BlogPosting", "@id": "https://news.example/other#zz", "headline": "Of another blog"}
    page = read(
        html(live_blog(update("ka", sharedContent=inner), update("kb"))).replace(b"}]}</script>", b"}]</script>")
    )
    assert names(page) == ["ka", "kb"]


def test_half_characters_and_bytes_of_another_charset_are_named() -> None:
    assert doubts(read(html(live_blog(update("ka", headline="a \ud800 b")))))[BROKEN_TEXT] == 1
    accented = WHOLE.replace(b"Vejle", "Ærø".encode("cp1252"))
    page = read(accented)
    assert (page.entries[0].text, doubts(page)[BROKEN_TEXT]) == ("The bridge at Ærø is closed.", 1)
    assert BROKEN_TEXT not in doubts(read(accented, content_type="text/html; charset=windows-1252"))


def test_a_list_that_is_cut_short_here_is_said_to_be() -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Live", "items": []}
    feed["items"] = [{"id": f"n{number}x", "content_text": "Rain."} for number in range(ENTRIES + 1)]
    page = read(json.dumps(feed).encode(), content_type="application/json")
    assert (len(page.entries), doubts(page)[TOO_MANY]) == (ENTRIES, 1)


def test_scripts_that_begin_and_end_alike_are_told_apart() -> None:
    filler = [update(name, articleBody="Rain. " * 100) for name in ("ka", "kz")]
    one, other = (live_blog(filler[0], update(name), filler[1]) for name in ("kb", "kc"))
    assert set(names(read(html(one, other)))) == {"ka", "kb", "kc", "kz"}
    assert set(names(read(html(one, other).replace(b"</script>", b"</SCRIPT>")))) == {"ka", "kb", "kc", "kz"}
