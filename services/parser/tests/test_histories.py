"""For any history of a live blog, in any format, what is heard replays to what the pages showed.

Two edits between two polls are one; a deletion shows only through a tombstone or a complete listing; what a page no
longer lists stays as it was last shown.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from services.parser.difference import Bounds, Fetched, Known, difference
from services.parser.memo import Memo
from services.parser.reading import NoLiveBlogError, read_page
from services.parser.tests.histories import FORMATS, Format
from services.parser.tests.pages import NOW
from services.parser.tests.posts import Post
from shared.messages import CREATED, DELETED, UPDATED, EntryChanged

WORDS = (
    "storm water ferry bridge harbour warning dyke rescue police road closed open train island coast evening wind gust "
    "pump shelter school power engineer mayor resident roof tide surge level crew boat night Esbjerg Ribe Vejle Fanø"
).split()
steps = st.lists(
    st.tuples(
        st.sampled_from(["post", "post", "edit", "retitle", "delete", "pin", "shuffle", "poll"]), st.integers(0, 99)
    ),
    max_size=40,
)


class Blog:
    """A live blog and somebody who polls it."""

    def __init__(self, how: Format, listed: int) -> None:
        self.how = how
        self.listed = 10_000 if how.complete else listed
        self.posts: dict[int, Post] = {}
        self.order: list[int] = []
        self.shown: dict[int, Post] = {}
        self.expected: dict[int, list[str]] = {}
        self.heard: dict[str, list[EntryChanged]] = {}
        self.known: Known | None = None
        self.memo = Memo()
        self.polls = 0

    def act(self, action: str, pick: int) -> None:
        standing = [number for number in self.order if not self.posts[number].deleted]
        chosen = standing[pick % len(standing)] if standing else None
        if action == "post":
            number = len(self.posts) + 1
            self.posts[number] = Post(number=number, title=words(number, 6), text=f"{words(-number, 20)}.")
            self.order.insert(0, number)
        elif action == "poll":
            self.poll()
        elif action == "shuffle":
            if not self.how.newest_first:
                random.Random(pick).shuffle(self.order)
        elif chosen is not None:
            self.posts[chosen] = self._changed(self.posts[chosen], action)

    def _changed(self, post: Post, action: str) -> Post:
        if action == "delete":
            return replace(post, deleted=True)
        if action == "pin":
            return replace(post, pinned=not post.pinned)
        if action == "retitle" and self.how.identifier is not None:
            return replace(post, title=words(post.number * 1000 + post.edits, 6), edits=post.edits + 1)
        return replace(post, text=f"{words(-post.number * 1000 - post.edits, 20)}.", edits=post.edits + 1)

    def poll(self) -> None:
        standing = [self.posts[number] for number in self.order if not self.posts[number].deleted][: self.listed]
        removed = [post for post in self.posts.values() if post.deleted]
        body = self.how.render(standing, removed)
        self.polls += 1
        seen = NOW + timedelta(seconds=15 * self.polls)
        try:
            page = read_page(
                body,
                url=self.how.url,
                content_type=self.how.content_type,
                fetched_at=seen,
                timezone="UTC",
                memo=self.memo,
            )
        except NoLiveBlogError:
            assert len(standing) < self.how.least, "a page that lists entries is one"
            return
        fetched = Fetched(source="storm", seq=self.polls, seen=seen.timestamp(), parsed=seen.timestamp())
        found = difference(self.known, page, fetched, Bounds(max_age=86_400, entries=1000))
        self.known = found.known
        for change in found.entries:
            self.heard.setdefault(change.entry.id, []).append(change)
        observable = removed if self.how.tombstones or self.how.complete else []
        for post in (*standing, *(post for post in observable if post.number in self.shown)):
            self._expect(post, self.shown.get(post.number))
            self.shown[post.number] = post

    def _expect(self, post: Post, before: Post | None) -> None:
        told = self.expected.setdefault(post.number, [])
        if before is None:
            told.append(CREATED)
        elif post.deleted and not before.deleted:
            told.append(DELETED)
        elif not post.deleted and (post.title, post.text) != (before.title, before.text):
            told.append(UPDATED)


@pytest.mark.parametrize("name", FORMATS)
@given(steps, st.integers(3, 12))
@settings(max_examples=40, deadline=None)
def test_what_is_heard_replays_to_what_the_pages_showed(name: str, history: list[tuple[str, int]], listed: int) -> None:
    blog = Blog(FORMATS[name], listed)
    for action, pick in history:
        blog.act(action, pick)
    blog.poll()

    last = {changes[-1].entry.id: changes[-1] for changes in blog.heard.values()}
    assert len(last) == len(blog.shown), "each entry is heard of under one id"
    by_title = {change.entry.title: change for change in last.values()}
    for post in blog.shown.values():
        change = last[blog.how.identifier(post)] if blog.how.identifier else by_title[post.title]
        assert [one.change for one in blog.heard[change.entry.id]] == blog.expected[post.number]
        assert change.entry.deleted == post.deleted
        if not post.deleted:
            said = f"{post.title}\n\n{post.text}" if not blog.how.titles else post.text
            assert (change.entry.title, change.entry.text) == (post.title if blog.how.titles else None, said)
            assert change.entry.published_at is not None
            assert abs(change.entry.published_at - post.at) < timedelta(minutes=1)
    for changes in blog.heard.values():
        assert [change.revision for change in changes] == list(range(1, len(changes) + 1))


def words(seed: int, count: int) -> str:
    """Words that differ for each seed, so that no two entries are alike by chance."""
    draw = random.Random(seed)
    return " ".join([f"n{seed}", *draw.choices(WORDS, k=count)])
