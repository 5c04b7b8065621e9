"""Lists of posts of an unknown model: whatever shape their authors, pictures and texts have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.parser.reading import NoLiveBlogError, read_page
from services.parser.tests.pages import NOW, URL
from shared.records import Entry

IDS = ("4af19c", "77d0e2", "b3c85f")
"""None that counts positions."""
TEXT = "The harbour master says that no ferry will leave before morning."


def posts(*rests: dict[str, Any]) -> list[dict[str, Any]]:
    """As many as it takes to be a list of posts, the first ones with `rests`."""
    padded = [*rests, *({} for _ in range(3 - len(rests)))]
    return [
        {"id": IDS[number], "createdAt": f"2026-03-01T12:0{number}:00Z", "text": f"{TEXT} {number}"} | rest
        for number, rest in enumerate(padded)
    ]


def read(model: object) -> tuple[Entry, ...]:
    page = read_page(json.dumps(model).encode(), url=URL, content_type="application/json", fetched_at=NOW)
    assert page.blog.format == "posts"
    return tuple(page.entries)


def first(**rest: Any) -> Entry:
    return next(entry for entry in read({"liveUpdates": posts(rest)}) if entry.id == IDS[0])


@pytest.mark.parametrize(
    ("given", "authors"),
    [
        ({"author": "Ana Roth"}, ("Ana Roth",)),
        ({"byline": "Ana Roth and Ole Friis"}, ("Ana Roth", "Ole Friis")),
        ({"author": {"displayName": "Ana Roth"}}, ("Ana Roth",)),
        ({"authors": ["Ana Roth", {"name": "Ole Friis"}, {"id": 7}, None]}, ("Ana Roth", "Ole Friis")),
        ({"author": 7}, ()),
    ],
    ids=["a name", "a byline", "an object", "a list of both", "a number"],
)
def test_authors(given: dict[str, Any], authors: tuple[str, ...]) -> None:
    assert first(**given).authors == authors


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://img.example/a.jpg", [("https://img.example/a.jpg", None)]),
        ({"src": "https://img.example/a.jpg", "caption": "A dyke"}, [("https://img.example/a.jpg", "A dyke")]),
        ({"src": "javascript:alert(1)", "caption": "A dyke"}, []),
        ({"caption": "A dyke"}, []),
    ],
    ids=["an address", "an object", "no web address", "no address"],
)
def test_pictures(given: object, shown: list[tuple[str, str | None]]) -> None:
    assert [(image.url, image.caption) for image in first(image=given).images] == shown


@pytest.mark.parametrize(
    "text",
    [
        {"rendered": f"<p>{TEXT}</p>"},
        {"blocks": [{"text": TEXT}]},
        [TEXT, {"type": "divider"}],
    ],
    ids=["rendered", "blocks", "paragraphs, and what says nothing"],
)
def test_texts(text: object) -> None:
    assert first(text=text).text == TEXT


def test_drafts_are_left_out_and_withdrawn_posts_are_deleted() -> None:
    model = {"liveUpdates": posts({"status": "draft"}, {"published": False}, {"isDeleted": True})}
    assert [(entry.id, entry.deleted) for entry in read(model)] == [(IDS[2], True)]


def test_of_several_lists_the_one_that_says_the_most_is_read() -> None:
    longer = [post | {"id": f"{post['id']}77", "text": TEXT * 3} for post in posts()]
    for order in ({"liveA": posts(), "liveB": longer}, {"liveA": longer, "liveB": posts()}):
        assert {entry.id for entry in read(order)} == {f"{one}77" for one in IDS}


@pytest.mark.parametrize("depth", [5, 500])
def test_a_list_too_deep_is_not_sought(depth: int) -> None:
    model: object = {"liveUpdates": posts()}
    for _ in range(depth):
        model = {"live": model}
    if depth == 5:
        assert len(read(model)) == 3
        return
    with pytest.raises(NoLiveBlogError):
        read(model)
