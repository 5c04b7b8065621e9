from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from services.parser.difference import Bounds, Difference, Fetched, Known, difference
from services.parser.edits import edited_fields
from shared.records import Blog, Entry, Image, Page

BLOG = Blog(url="https://news.example/live", title="Storm latest", live=True)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
MAX_AGE, MOST = 1800.0, 50
BOUNDS = Bounds(max_age=MAX_AGE, entries=MOST)


def entry(name: str, text: str = "The bridge is closed.", *, age: float | None = 0.0, **rest: object) -> Entry:
    published = None if age is None else datetime.fromtimestamp(NOON - age, UTC)
    return Entry(id=name, title=f"Report {name}", text=text, published_at=published, **rest)  # type: ignore[arg-type]


@dataclass
class Source:
    """A source that is read page by page, `seconds` apart."""

    known: Known | None = None
    seq: int = 0
    at: float = NOON
    heard: list[tuple[str, str, int, bool]] = field(default_factory=list)

    def read(self, *entries: Entry, blog: Blog = BLOG, complete: bool = False, seconds: float = 10.0) -> Difference:
        self.seq += 1
        self.at += seconds
        page = Page(blog=blog, entries=entries, complete=complete)
        found = difference(
            self.known, page, Fetched(source="storm", seq=self.seq, seen=self.at, parsed=self.at), BOUNDS
        )
        self.known = found.known
        self.heard = [(c.change, c.entry.id, c.revision, c.quiet) for c in found.entries]
        return found


def test_a_first_sight_is_taken_in_quietly() -> None:
    source = Source()
    source.read(entry("b"), entry("a"))
    assert source.heard == [("created", "a", 1, True), ("created", "b", 1, True)]


def test_a_new_entry_is_news_and_an_edit_an_edit() -> None:
    source = Source()
    source.read(entry("a"))
    source.read(entry("b"), entry("a"))
    assert source.heard == [("created", "b", 1, False)]
    found = source.read(entry("b", "The bridge is open."), entry("a"))
    assert source.heard == [("updated", "b", 2, False)]
    assert found.entries[0].fields == ("text",)
    assert found.entries[0].previous == entry("b")
    assert not found.entries[0].born_quiet
    source.read(entry("b", "The bridge is open."), entry("a"))
    assert source.heard == []


def test_an_edit_of_history_says_that_nobody_was_told_of_it() -> None:
    source = Source()
    source.read(entry("a"))
    [change] = source.read(entry("a", "Corrected.")).entries
    assert (change.quiet, change.born_quiet) == (False, True)


@pytest.mark.parametrize(("age", "quiet"), [(0, False), (MAX_AGE - 60, False), (MAX_AGE + 60, True), (None, False)])
def test_old_news_does_not_ring(age: float | None, quiet: bool) -> None:
    source = Source()
    source.read(entry("a"))
    source.read(entry("b", age=age), entry("a"))
    assert source.heard == [("created", "b", 1, quiet)]


def test_after_an_outage_an_entry_without_a_time_is_history() -> None:
    source = Source()
    source.read(entry("a"))
    source.read(entry("b", age=None), entry("a"), seconds=MAX_AGE + 1)
    assert source.heard == [("created", "b", 1, True)]


def test_absence_is_no_deletion_unless_the_listing_is_complete() -> None:
    source = Source()
    source.read(entry("b"), entry("a"))
    source.read(entry("b"))
    assert source.heard == []
    source.read(entry("b"), complete=True)
    assert source.heard == [("deleted", "a", 2, False)]
    source.read(entry("b"), complete=True)
    assert source.heard == []


def test_a_tombstone_deletes_once_and_keeps_what_was_there() -> None:
    source = Source()
    source.read(entry("a"))
    [gone] = source.read(Entry(id="a", deleted=True)).entries
    assert (gone.change, gone.entry.title, gone.entry.deleted) == ("deleted", "Report a", True)
    assert source.read(Entry(id="a", deleted=True)).entries == []
    [back] = source.read(entry("a")).entries
    assert (back.change, back.revision, back.fields) == ("updated", 3, ("deleted",))


def test_a_tombstone_of_what_was_never_seen_is_nothing() -> None:
    source = Source()
    source.read(entry("a"))
    assert source.read(entry("a"), Entry(id="ghost", deleted=True)).entries == []


def test_reordering_and_pinning_are_no_news() -> None:
    source = Source()
    source.read(entry("a"), entry("b"), entry("c"))
    assert source.read(entry("c"), replace(entry("a"), pinned=True), entry("b")).entries == []


def test_a_page_that_comes_late_changes_nothing() -> None:
    source = Source()
    source.read(entry("a"))
    source.read(entry("b"), entry("a"))
    late = Fetched(source="storm", seq=1, seen=NOON, parsed=NOON)
    found = difference(source.known, Page(blog=BLOG, entries=()), late, BOUNDS)
    assert (found.known, list(found.entries)) == (source.known, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The  bridge\u00a0is closed.", "The bridge is closed."),
        ("“Closed”, he said", '"Closed", he said'),
        ("it’s closed", "it's closed"),
        ("Esbjerg–Harwich", "Esbjerg-Harwich"),
        ("clo\u00adsed", "closed"),
        ("ﬁrst", "first"),
    ],
)
def test_cosmetic_changes_are_no_edit(before: str, after: str) -> None:
    assert edited_fields(entry("a", before), entry("a", after)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("12,000 homes", "14,000 homes"),
        ("The bridge is closed", "The bridge is not closed"),
        ("Mette Holm said", "Mette Holt said"),
        ("Closed.", "Closed?"),
    ],
)
def test_changed_figures_names_and_negations_are_edits(before: str, after: str) -> None:
    assert edited_fields(entry("a", before), entry("a", after)) == ("text",)


def test_markup_and_picture_sizes_are_no_edit_a_caption_is() -> None:
    small, large = Image(url="https://img.example/a?w=300"), Image(url="https://img.example/a?w=900")
    assert (
        edited_fields(entry("a", html="<p>x</p>", images=(small,)), entry("a", html="<div>x</div>", images=(large,)))
        == ()
    )
    assert edited_fields(entry("a"), entry("a", images=(replace(large, caption="The dyke"),))) == ("images",)
    first, second = ((replace(large, caption=caption),) for caption in ("The dyke", "The dyke at Ribe"))
    assert edited_fields(entry("a", images=first), entry("a", images=second)) == ("images",)


def test_the_blogs_own_changes() -> None:
    source = Source()
    source.read(entry("a"))
    moved = replace(BLOG, title="Storm: the night", live=False, next_url="https://news.example/live-2")
    found = source.read(entry("a"), blog=moved)
    assert [change.change for change in found.blog] == ["headline", "closed", "moved"]
    assert [change.previous_title for change in found.blog] == ["Storm latest", None, None]
    assert source.read(entry("a"), blog=moved).blog == []
    assert source.read(entry("a"), blog=replace(BLOG, title=None, live=None)).blog == []


def test_what_is_known_is_bounded() -> None:
    source = Source()
    source.read(*(entry(str(n)) for n in range(MOST)))
    found = source.read(entry("new"), *(entry(str(n)) for n in range(1, MOST)))
    assert set(found.known.entries) == {"new", *(str(n) for n in range(1, MOST))}
    assert found.forgotten == ["0"]


def test_what_is_listed_is_never_forgotten() -> None:
    source, names = Source(), [str(n) for n in range(MOST + 5)]
    for _ in range(2):
        found = source.read(*map(entry, names))
        assert set(found.known.entries) == set(names)
    assert source.heard == []


@pytest.mark.parametrize("ahead", ["seen", "parsed"])
def test_one_clock_that_runs_ahead_makes_no_news_old(ahead: str) -> None:
    source = Source()
    source.read(entry("a"))
    clocks = {"seen": NOON + 20.0, "parsed": NOON + 20.0} | {ahead: NOON + 86_400.0}
    page = Page(blog=BLOG, entries=(entry("b", age=0.0), entry("c"), entry("a")))
    found = difference(source.known, page, Fetched(source="storm", seq=2, **clocks), BOUNDS)
    assert {one.entry.id: one.quiet for one in found.entries} == {"b": False, "c": False}


REACH, ALONE = "jsonld+reach", "jsonld"


def view(formats: str, *entries: Entry, **rest: object) -> Page:
    return Page(blog=BLOG, entries=entries, formats={one.id: formats for one in entries}, **rest)  # type: ignore[arg-type]


def heard_between(*pages: Page, parts: tuple[int, ...] = ()) -> list[tuple[str, str, tuple[str, ...]]]:
    """What the last of the pages changed."""
    known: Known | None = None
    found = None
    for number, page in enumerate(pages, 1):
        fetched = Fetched(
            source="storm", seq=number, seen=NOON + 10 * number, parsed=NOON + 10 * number, part=number in parts
        )
        found = difference(known, page, fetched, BOUNDS)
        known = found.known
    assert found is not None
    return [(change.change, change.entry.id, change.fields) for change in found.entries]


def test_what_a_poorer_view_does_not_give_was_not_removed() -> None:
    rich = entry("a", "The bridge at Vejle is closed to lorries.", authors=("Ana Roth",))
    poor = replace(rich, authors=(), text="The bridge at Vejle is closed…")
    assert heard_between(view(REACH, rich), view(ALONE, poor)) == []
    assert heard_between(view(ALONE, poor), view(REACH, rich)) == []
    assert heard_between(view(REACH, rich), view(ALONE, poor), view(REACH, rich)) == []
    assert heard_between(view(REACH, rich), view(REACH, poor)) == [("updated", "a", ("text", "authors"))]


def test_an_edit_shows_in_a_poorer_view() -> None:
    rich = entry("a", authors=("Ana Roth",))
    poor = replace(rich, authors=(), text="The bridge is open.")
    assert heard_between(view(REACH, rich), view(ALONE, poor)) == [("updated", "a", ("text",))]
    assert heard_between(view(REACH, rich), view(ALONE, poor), view(REACH, replace(poor, authors=("Ana Roth",)))) == []


def test_what_a_richer_view_gave_first_can_be_removed() -> None:
    rich = entry("a", authors=("Ana Roth",))
    heard = heard_between(view(ALONE, rich), view(REACH, rich), view(REACH, replace(rich, authors=())))
    assert heard == [("updated", "a", ("authors",))]


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (view(REACH, entry("a")), view(ALONE, entry("a", "The bridge…"))),
        (view(ALONE, Entry(id="a", deleted=True)), view(REACH, Entry(id="a", deleted=True))),
    ],
    ids=["a poorer view", "a tombstone in a richer view"],
)
def test_what_teaches_nothing_is_not_written_again(first: Page, again: Page) -> None:
    known: Known | None = None
    for number, page in enumerate((view(ALONE, entry("a")), first), 1):
        known = difference(known, page, Fetched(source="storm", seq=number, seen=NOON, parsed=NOON), BOUNDS).known
    found = difference(known, again, Fetched(source="storm", seq=3, seen=NOON, parsed=NOON), BOUNDS)
    assert (list(found.entries), list(found.touched)) == ([], [])


SAID = "The harbour master in Esbjerg says that no ferry will leave before morning"


@pytest.mark.parametrize("name", ["b2", "a2"], ids=["sorted after", "sorted before"])
def test_an_entry_that_was_deleted_and_added_again_with_another_id_is_edited(name: str) -> None:
    before = entry("b", SAID, age=60), entry("a", age=600)
    after = replace(entry(name, f"{SAID}, or later", age=5), title="Report b"), entry("a", age=600)
    assert heard_between(view(ALONE, *before), view(ALONE, *after)) == [("updated", "b", ("text",))]
    assert heard_between(view(ALONE, *before), view(ALONE, *after), view(ALONE, *after)) == []
    tombstone = Entry(id="b", deleted=True)
    assert heard_between(view(ALONE, *before), view(ALONE, *after, tombstone)) == [("updated", "b", ("text",))]


def test_an_entry_that_was_told_once_by_its_new_id_is_known_by_it_whatever_becomes_of_it() -> None:
    before = entry("b", SAID, age=60), entry("a", age=600)
    after = replace(entry("b2", f"{SAID}, or later", age=5), title="Report b"), entry("a", age=600)
    rewritten = Entry(id="b2", title="Correction", text="Withdrawn."), entry("a", age=600)
    heard = heard_between(view(ALONE, *before), view(ALONE, *after), view(ALONE, *rewritten))
    assert heard == [("updated", "b", ("title", "text"))]


def test_an_entry_told_by_its_content_keeps_its_id_when_its_title_is_edited() -> None:
    before = replace(entry("c-1", age=61), title="Ferry stops"), entry("a", age=600)
    after = replace(entry("c-2", age=61), title="All ferries stop"), entry("a", age=600)
    assert heard_between(view(ALONE, *before), view(ALONE, *after)) == [("updated", "c-1", ("title",))]


@pytest.mark.parametrize(
    "new",
    [
        entry("c", "Something else entirely has happened in Ribe tonight.", age=5),
        replace(entry("c", f"{SAID} at 7", age=5), title="Report b"),
    ],
    ids=["other words", "of one mould, with another figure"],
)
def test_another_entry_in_the_place_of_a_vanished_one_is_news(new: Entry) -> None:
    before = entry("b", f"{SAID} at 6", age=60), entry("a", age=600)
    assert heard_between(view(ALONE, *before), view(ALONE, new, entry("a", age=600))) == [("created", "c", ())]


def test_what_fell_off_the_end_of_a_page_is_not_what_came_on_top() -> None:
    before = entry("b", age=60), entry("a", SAID, age=600)
    new = replace(entry("c", SAID, age=5), title="Report a, again")
    assert heard_between(view(ALONE, *before), view(ALONE, new, entry("b", age=60))) == [("created", "c", ())]


def test_where_nothing_that_was_listed_is_left_nothing_vanished_from_amid_it() -> None:
    new = replace(entry("c", f"{SAID}, or later", age=5), title="Report a")
    assert heard_between(view(ALONE, entry("a", SAID, age=600)), view(ALONE, new)) == [("created", "c", ())]


def test_what_a_part_tells_is_news_of_the_blog_that_is_known() -> None:
    known = difference(
        None, Page(blog=BLOG, entries=(entry("a"),)), Fetched(source="storm", seq=1, seen=NOON, parsed=NOON), BOUNDS
    ).known
    older = Page(blog=replace(BLOG, title="Page 2"), entries=(entry("z", age=60),))
    found = difference(known, older, Fetched(source="storm", seq=2, seen=NOON, parsed=NOON, part=True), BOUNDS)
    assert [change.blog for change in found.entries] == [BLOG]


def test_news_and_only_news_says_how_fast_its_blog_is_written() -> None:
    habit = tuple(entry(f"h{number}", age=1200 + 1200 * number) for number in range(4))
    burst = tuple(entry(f"b{number}", age=60 * number) for number in range(4))
    source = Source()
    source.read(*burst, *habit)
    [alone] = source.read(entry("n", age=-5), *burst, *habit).entries
    assert alone.tempo > 1
    edited = replace(burst[0], text="The bridge is open.")
    found = source.read(entry("m", age=-15), entry("n", age=-5), edited, *burst[1:], *habit).entries
    assert {change.change: change.tempo > 1 for change in found} == {"created": True, "updated": False}


def test_a_part_of_the_listing_deletes_and_tells_of_the_blog_nothing() -> None:
    first = view(ALONE, entry("b"), entry("a"), complete=True)
    older = Page(blog=replace(BLOG, title="Page 2", live=False), entries=(entry("z", age=9000),), complete=True)
    assert heard_between(first, older, parts=(2,)) == [("created", "z", ())]
    assert heard_between(first, older, first, parts=(2,)) == [("deleted", "z", ())]


def test_the_entries_of_yesterdays_page_are_not_deleted_by_todays() -> None:
    today = Page(
        blog=replace(BLOG, url="https://news.example/live-2"),
        entries=(entry("n"),),
        formats={"n": ALONE},
        complete=True,
    )
    assert heard_between(view(ALONE, entry("b"), entry("a"), complete=True), today) == [("created", "n", ())]


def test_when_the_newest_entry_was_posted() -> None:
    source = Source()
    assert source.read(entry("a", age=300)).known.newest == NOON - 300
    assert source.read(entry("a", age=300)).known.newest == NOON - 300
    assert source.read(entry("b", age=None), entry("a", age=300)).known.newest == source.at


actions = st.lists(
    st.tuples(st.sampled_from(["post", "edit", "delete", "pin", "shuffle", "poll"]), st.integers(0, 30)), max_size=60
)


@given(actions, st.integers(3, 12))
@settings(max_examples=200, deadline=None)
def test_what_is_heard_replays_to_what_the_page_showed(history: list[tuple[str, int]], listed: int) -> None:
    """For any history, shown as a page cut to its newest entries with tombstones for what was removed."""
    source, heard = Source(), {}
    blog: dict[str, Entry] = {}
    order: list[str] = []
    shown: dict[str, Entry] = {}
    made = 0

    def poll() -> None:
        tombstones = [Entry(id=name, deleted=True) for name in blog if blog[name].deleted]
        standing = [blog[name] for name in order if not blog[name].deleted][:listed]
        for change in source.read(*standing, *tombstones, seconds=1).entries:
            assert change.revision == (heard[change.entry.id].revision + 1 if change.entry.id in heard else 1)
            heard[change.entry.id] = change
        shown.update({one.id: one for one in standing})
        shown.update({one.id: one for one in tombstones if one.id in shown})

    for action, pick in history:
        names = [name for name in order if not blog[name].deleted]
        chosen = names[pick % len(names)] if names else None
        if action == "post":
            made += 1
            blog[f"e{made}"] = entry(f"e{made}", age=-made)
            order.insert(0, f"e{made}")
        elif action == "poll":
            poll()
        elif action == "shuffle":
            order.sort(key=lambda name: hash((name, pick)))
        elif chosen and action == "edit":
            blog[chosen] = replace(blog[chosen], text=f"Edited {pick} {made}")
        elif chosen and action == "pin":
            blog[chosen] = replace(blog[chosen], pinned=not blog[chosen].pinned)
        elif chosen and action == "delete":
            blog[chosen] = replace(blog[chosen], deleted=True)
    poll()

    assert set(heard) == set(shown)
    for name, last in heard.items():
        assert last.entry.deleted == shown[name].deleted
        if not last.entry.deleted:
            assert last.entry.text == shown[name].text
