"""Several formats on one page: who is believed in what, and how their entries are told to be the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.parser.memo import Memo
from services.parser.merge import merged
from services.parser.readings import DOM, MODEL, STRUCTURED, Reading
from shared.records import Blog, Entry, Link

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def reading(kind: str, *entries: Entry, name: str = "", **rest: Any) -> Reading:
    return Reading(kind=kind, blog=Blog(url=None, format=name or kind), entries=entries, **rest)


def merge(*readings: Reading) -> list[Entry]:
    return list(merged(readings, Memo())[1])


def entry(name: str = "", **rest: Any) -> Entry:
    return Entry(id=name, **rest)


def test_authors_come_from_the_dom_and_times_from_the_structured_data() -> None:
    [one] = merge(
        reading(STRUCTURED, entry("7", title="Ferry", authors=("Desk",), published_at=NOON)),
        reading(DOM, entry("7", title="Ferry!", authors=("Ana Roth",), published_at=NOON + timedelta(seconds=40))),
    )
    assert (one.title, one.authors, one.published_at) == ("Ferry", ("Ana Roth",), NOON)


def test_counts_since_the_epoch_are_believed_before_written_times() -> None:
    [one] = merge(
        reading(STRUCTURED, entry("7", published_at=NOON)),
        reading(DOM, entry("7", published_at=NOON + timedelta(seconds=40)), exact=True),
    )
    assert one.published_at == NOON + timedelta(seconds=40)


def test_the_publishers_own_model_is_believed_before_all() -> None:
    [one] = merge(
        reading(MODEL, entry("7", title="Ferry stops", authors=("Kim Dahl",))),
        reading(STRUCTURED, entry("7", title="Ferry", authors=("Desk",))),
    )
    assert (one.title, one.authors) == ("Ferry stops", ("Kim Dahl",))


@pytest.mark.parametrize("cut", ["The bridge at Vejle is closed to…", "The bridge at Vejle is closed [...]"])
def test_a_cut_body_gives_way_to_the_whole_one(cut: str) -> None:
    whole = "The bridge at Vejle is closed to lorries until morning."
    [one] = merge(
        reading(STRUCTURED, entry("7", text=cut)), reading(DOM, entry("7", text=whole, html=f"<p>{whole}</p>"))
    )
    assert (one.text, one.html) == (whole, f"<p>{whole}</p>")


def test_a_longer_text_is_not_taken_for_the_whole_of_another() -> None:
    [one] = merge(
        reading(STRUCTURED, entry("7", text="The bridge is closed.")),
        reading(DOM, entry("7", text="The bridge is closed. Read also: ten storms to remember.")),
    )
    assert one.text == "The bridge is closed."


def test_the_same_words_keep_the_paragraphs_and_links_of_the_dom() -> None:
    html = '<p>Closed.</p><p>See <a href="https://news.example/a">here</a>.</p>'
    [one] = merge(
        reading(STRUCTURED, entry("7", text="Closed. See here.", html="<p>Closed. See here.</p>")),
        reading(DOM, entry("7", text="Closed.\n\nSee here.", html=html)),
    )
    assert (one.text, one.html) == ("Closed.\n\nSee here.", html)


def test_a_false_zone_shows_beside_a_true_one() -> None:
    true = [entry(title=f"Report {n}", published_at=NOON - timedelta(minutes=7 * n)) for n in range(4)]
    ahead = NOON + timedelta(hours=1, seconds=30)
    false = [entry(f"e{9 - n}", title=f"Report {n}", published_at=ahead - timedelta(minutes=7 * n)) for n in range(5)]
    found = merge(reading(STRUCTURED, *true), reading(DOM, *false))
    assert [one.published_at for one in found[:4]] == [one.published_at for one in true]
    assert (found[4].id, found[4].published_at) == ("e5", NOON + timedelta(seconds=30) - timedelta(minutes=28))


def test_entries_without_an_id_take_the_dom_s() -> None:
    found = merge(
        reading(STRUCTURED, entry(title="Ferry stops"), entry(title="Dyke holds")),
        reading(DOM, entry("d2", title="Dyke holds"), entry("d1", title="Ferry stops!")),
    )
    assert [(one.id, one.title) for one in found] == [("d1", "Ferry stops"), ("d2", "Dyke holds")]


def test_entries_of_another_list_are_not_added() -> None:
    ours = [entry(f"a{n}0", title=f"Report {n}") for n in range(4)]
    theirs = [entry(f"x{n}0", title=f"Ten storms, part {n}") for n in range(4)]
    assert [one.id for one in merge(reading(STRUCTURED, *ours), reading(DOM, *theirs))] == ["a00", "a10", "a20", "a30"]


def test_an_entry_that_only_one_of_two_views_of_a_list_shows_is_there() -> None:
    ours = [entry(f"{n}00", title=f"Report {n}") for n in range(1, 5)]
    found = merge(reading(STRUCTURED, *ours), reading(DOM, entry("900", title="Just in"), *ours[:2]))
    assert [one.id for one in found] == ["100", "200", "300", "400", "900"]


def test_marks_add_flags_and_tombstones_but_no_entries() -> None:
    blog, found, formats = merged(
        [
            reading(STRUCTURED, entry("7", title="Ferry"), name="jsonld"),
            reading(
                DOM,
                entry("7", pinned=True, links=(Link(url="https://news.example/a"),)),
                entry("8", key_event=True),
                entry("9", deleted=True),
                name="marks",
                marks=True,
            ),
        ],
        Memo(),
    )
    assert [(one.id, one.pinned, one.deleted, len(one.links)) for one in found] == [
        ("7", True, False, 1),
        ("9", False, True, 0),
    ]
    assert (blog.format, formats["7"]) == ("jsonld", "jsonld")


def test_positions_are_no_ids_unless_they_are_the_publishers_own() -> None:
    entries = [entry(f"post{n}", title=f"Report {n}") for n in range(3)]
    assert all(one.id.startswith("c-") for one in merge(reading(STRUCTURED, *entries)))
    assert [one.id for one in merge(reading(MODEL, *entries))] == ["post0", "post1", "post2"]


def test_inferred_times_make_no_ids() -> None:
    early, late = (
        merge(reading(DOM, entry(title="Ferry", published_at=at), inferred=True))[0].id
        for at in (NOON, NOON + timedelta(days=1))
    )
    assert early == late
