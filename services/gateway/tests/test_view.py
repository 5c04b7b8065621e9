from __future__ import annotations

from hypothesis import given, strategies as st

from services.gateway import view as limits
from services.gateway.tests.make import blog_changed, enriched
from services.gateway.view import Page, View


def ids(page: Page) -> list[str]:
    return [entry.id for entry in page.entries]


def filled(*events, start: int = 1) -> View:
    view = View()
    for number, event in enumerate(events, start):
        view.apply(event, f"{number}-0")
    return view


def test_the_latest_revision_wins_in_whatever_order_they_come():
    view = filled(enriched("e1", revision=2, title="Mended"))
    assert view.apply(enriched("e1", revision=1, title="Wrong"), "2-0") is None
    assert view.apply(enriched("e1", revision=2, title="Again"), "3-0") is None
    assert [entry.title for entry in view.page("ferry", limit=9).entries] == ["Mended"]


def test_a_deletion_stays_as_a_tombstone_and_no_longer_counts():
    view = filled(enriched("e1"), enriched("e2"), enriched("e1", revision=2, deleted=True))
    assert [(entry.id, entry.deleted) for entry in view.page("ferry", limit=9).entries] == [("e2", False), ("e1", True)]
    source = view.source("ferry")
    assert source is not None
    assert source.entries == 1


def test_the_newest_come_first_and_those_without_time_by_when_they_were_seen():
    seen = enriched("x").passed.seen
    view = filled(
        enriched("timeless", minutes=None, seen=seen), enriched("noon", minutes=0), enriched("later", minutes=5)
    )
    assert ids(view.page(None, limit=9)) == ["timeless", "later", "noon"]


def test_of_entries_without_time_that_were_seen_together_the_one_that_came_last_is_first_and_an_edit_moves_none():
    view = filled(enriched("a", minutes=None), enriched("b", minutes=None), enriched("a", minutes=None, revision=2))
    assert ids(view.page("ferry", limit=9)) == ["b", "a"]


def test_an_edit_that_changes_the_time_moves_the_entry():
    view = filled(enriched("a", minutes=1), enriched("b", minutes=2), enriched("a", minutes=3, revision=2))
    assert ids(view.page("ferry", limit=9)) == ["a", "b"]


def test_a_blogs_change_shows():
    view = filled(enriched("e1"), blog_changed("headline", title="New title"))
    source = view.source("ferry")
    assert source is not None
    assert (source.blog.title, source.closed) == ("New title", False)
    view.apply(blog_changed("closed"), "3-0")
    source = view.source("ferry")
    assert source is not None
    assert source.closed


def test_a_forgotten_source_leaves_nothing():
    view = filled(enriched("e1"), enriched("e2", source="quay"))
    view.forget("ferry")
    view.forget("never-there")
    assert view.source("ferry") is None
    assert ids(view.page(None, limit=9)) == ["e2"]
    assert ids(view.page("ferry", limit=9)) == []


def test_a_source_keeps_its_newest(monkeypatch):
    monkeypatch.setattr(limits, "ENTRIES_OF_A_SOURCE", 3)
    view = filled(*(enriched(f"e{n}", minutes=n) for n in range(10)))
    assert ids(view.page("ferry", limit=9)) == ["e9", "e8", "e7"]


def test_the_whole_is_bounded_at_the_cost_of_the_largest(monkeypatch):
    monkeypatch.setattr(limits, "ENTRIES", 50)
    view = filled(enriched("small", source="quay", minutes=-99), *(enriched(f"e{n}", minutes=n) for n in range(90)))
    held = ids(view.page(None, limit=99))
    assert 48 <= len(held) <= 50
    assert held[0] == "e89"
    assert "small" in held


def test_the_text_that_is_held_is_bounded_at_the_cost_of_whom_it_belongs_to(monkeypatch):
    monkeypatch.setattr(limits, "CHARACTERS", 1_000)
    plain = [enriched(f"small{n}", source="quay", minutes=-n, text="x", html="") for n in range(9)]
    view = filled(*plain, *(enriched(f"e{n}", minutes=n, text="x" * 300, html="") for n in range(10)))
    assert ids(view.page("ferry", limit=99)) == ["e9", "e8", "e7"]
    assert len(ids(view.page("quay", limit=99))) == 9


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"),
            st.integers(1, 4),
            st.sampled_from(["s1", "s2", "s3"]),
            st.integers(0, 3) | st.none(),
        ),
        max_size=60,
    ),
    st.integers(1, 7),
)
def test_pages_together_are_the_latest_revisions_each_once_in_order(given_events, limit):
    view, latest = View(), {}
    for number, (name, revision, source, minutes) in enumerate(given_events):
        view.apply(enriched(name, source=source, revision=revision, minutes=minutes), f"{number}-0")
        latest[source, name] = max(revision, latest.get((source, name), 0))
    pages, page = [], view.page(None, limit=limit)
    while True:
        pages += page.entries
        assert len(page.entries) <= limit
        if page.next is None:
            break
        page = view.page(None, limit=limit, before=page.next)
    assert {(entry.source, entry.id): entry.revision for entry in pages} == latest
    assert len(pages) == len(latest)
    times = [(entry.published_at or entry.seen_at) for entry in pages]
    assert times == sorted(times, reverse=True)
    for source in ("s1", "s2", "s3"):
        known = view.source(source)
        assert (known.entries if known else 0) == sum(key[0] == source for key in latest)
