"""What was made of the last page: for how long, and how much of it, is kept."""

from __future__ import annotations

import pytest

from services.parser import memo
from shared.records import Entry


def filled(memos: memo.Memos, source: str, count: int) -> memo.Memo:
    found = memos.of(source)
    found.turn("settings")
    found.shelf("atom").now.update({number: Entry(id=str(number)) for number in range(count)})
    return found


def test_the_sources_that_were_not_asked_for_longest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "REMEMBERED_ENTRIES", 10)
    memos = memo.Memos()
    first, second = filled(memos, "first", 5), filled(memos, "second", 5)
    assert memos.of("first") is first
    filled(memos, "third", 5)
    assert memos.of("first") is first
    assert memos.of("second") is not second, "15 entries are more than 10: the longest unused went"


def test_one_source_alone_is_kept_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "REMEMBERED_ENTRIES", 10)
    memos = memo.Memos()
    large = filled(memos, "large", 50)
    assert memos.of("large") is large


def test_a_setting_that_changed_makes_all_anew() -> None:
    one = memo.Memo()
    one.turn("Europe/London")
    one.shelf("atom").now[hash(b"a")] = Entry(id="a")
    one.turn("Europe/London")
    assert one.shelf("atom").known(b"a") == Entry(id="a")
    one.turn("Europe/Paris")
    assert one.shelf("atom").known(b"a") is None


def test_a_page_later_what_was_not_on_it_is_forgotten() -> None:
    one = memo.Memo()
    one.shelf("atom").now[hash(b"a")] = Entry(id="a")
    for _ in range(2):
        one.turn(None)
        one.shelf("atom").now[hash(b"b")] = Entry(id="b")
    assert (one.shelf("atom").known(b"a"), one.shelf("atom").known(b"b")) == (None, Entry(id="b"))
