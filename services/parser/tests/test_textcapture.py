from __future__ import annotations

from datetime import UTC, datetime

from services.parser.reading import read_page
from services.parser.tests.pages import NOW, TESTDATA
from shared.records import Link, Page


def captured(text: str | None = None, timezone: str | None = None) -> Page:
    body = (TESTDATA / "capture.txt").read_bytes() if text is None else text.encode()
    return read_page(body, url=None, content_type="text/plain", fetched_at=NOW, timezone=timezone)


def test_the_head_of_the_page() -> None:
    blog = captured().blog
    assert blog.title == "Storm latest: ferries stop between Esbjerg and Harwich as the wind rises"
    assert blog.description == "Forecasters expect the highest water at Ribe before midnight"
    assert blog.authors == ("Ana Roth", "Ole Friis", "Kim Dahl")
    assert blog.updated_at == datetime(2026, 3, 1, 13, 45, tzinfo=UTC)
    assert blog.format == "text"


def test_each_entry_with_its_own_authors_and_time_in_the_zone_of_the_page() -> None:
    ferry, bridge, power, morning = captured().entries
    assert ferry.title == "Ferry turns back to Esbjerg with 214 on board"
    assert [ferry.authors, bridge.authors, power.authors, morning.authors] == [
        ("Ana Roth",),
        ("Ole Friis", "Kim Dahl"),
        ("Ana Roth", "Ole Friis"),
        ("Kim Dahl",),
    ]
    assert ferry.published_at == datetime(2026, 3, 1, 13, 30, tzinfo=UTC)
    assert bridge.published_at == power.published_at == datetime(2026, 3, 1, 13, 5, tzinfo=UTC)
    assert morning.published_at == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    assert all(entry.updated_at is None for entry in captured().entries)


def test_paragraphs_and_link_cards_are_kept_apart() -> None:
    ferry, bridge, power, _ = captured().entries
    assert ferry.text.split("\n\n") == [
        "The ferry left at noon and turned back off Fanø, the line said.",
        "“Nobody was hurt,” said its spokeswoman, Mette Holm.",
        "Passengers will sleep at a school in Esbjerg.",
    ]
    assert ferry.links == (
        Link(
            url=None,
            title="Ferry turns back to Esbjerg with 214 passengers on board",
            summary="The line says it will sail again when the wind has dropped below 20 metres a second",
        ),
    )
    assert bridge.text == ""
    assert bridge.links[0].summary == "Police ask drivers to wait in Kolding"
    assert power.links == ()


def test_appeal_lead_story_and_forum_are_in_no_entry() -> None:
    page = captured()
    whole = " ".join(part for entry in page.entries for part in (entry.title or "", entry.text, entry.html))
    for stranger in ("gift", "harbour master", "12,000 homes", "conversation", "notifications", "Comments"):
        assert stranger not in whole


def test_without_a_zone_times_are_unknown_unless_the_source_has_one() -> None:
    text = (TESTDATA / "capture.txt").read_text().replace(" BST", "")
    assert {entry.published_at for entry in captured(text).entries} == {None}
    assert captured(text, timezone="Europe/Copenhagen").entries[0].published_at == datetime(
        2026, 3, 1, 13, 30, tzinfo=UTC
    )


def test_two_entries_of_one_minute_and_a_copy_made_later_keep_their_ids() -> None:
    text = (TESTDATA / "capture.txt").read_text()
    before = [entry.id for entry in captured(text).entries]
    newer = text.replace(
        "Ferry turns back to Esbjerg with 214 on board\n",
        "Dyke holds at Ribe\n\nThe water stands at 4.1 metres.\n\nKim Dahl1 March 2026 14:40\n\n"
        "Ferry turns back to Esbjerg with 214 on board\n",
        1,
    )
    after = [entry.id for entry in captured(newer).entries]
    assert len(set(before)) == 4
    assert after[1:] == before
