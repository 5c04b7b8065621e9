from __future__ import annotations

from typing import Any

import pytest

from shared.subscriptions.contradictions import contradiction, impossible
from shared.subscriptions.record import Filter, Preferences, QuietHours


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"changes": ("published",)}, "'published' is none of created"),
        ({"changes": ()}, "changes is empty"),
        ({"words": ("ferry", "?!")}, "words: '?!' holds no word"),
        ({"places": ("—",)}, "places"),
        ({"places": (0,)}, "0 is no GeoNames id"),
        ({"people": ("…",)}, "people"),
        ({"organisations": (" ",)}, "organisations"),
        ({"topics": ("#",)}, "topics"),
        ({"sources": ("The Storm",)}, "GET /api/v1/sources"),
        ({"languages": ("english",)}, "such as en"),
        ({"languages": ("en", "xx")}, "'xx' is no code of a language"),
        ({"topics": ("Weather", "nosuchtopic")}, "'nosuchtopic' is no IPTC Media Topic"),
        ({"topics": ("war crimes",)}, "use 'Conflict, war and peace'"),
        ({"topics": ("20000002",)}, "that entries are given"),
        ({"topics": ("99999999",)}, "that entries are given"),
        ({"all_words": ("night ferry",), "none_words": ("ferry",)}, "all_words asks for 'night ferry'"),
        ({"words": ("ferry", "Ferry now"), "none_words": ("FERRY",)}, "every one of words"),
    ],
)
def test_a_filter_that_can_never_match_is_told_why(keys: dict[str, Any], told: str) -> None:
    assert told in (contradiction(Filter(**keys)) or "")


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"places": ("DK", 2618425, "乌克兰")},
        {"languages": ("en", "pt-BR", "EN_gb")},
        {"languages": ("nb", "zho", "iw")},
        {"topics": ("weather", "medtop:20000139", "http://cv.iptc.org/newscodes/mediatopic/03000000")},
        {"sources": ("storm-2",)},
        {"words": ("ferry", "tram"), "none_words": ("ferry",)},
        {"all_words": ("ferry",), "none_words": ("night ferry",)},
    ],
)
def test_a_filter_that_may_match_is_taken(keys: dict[str, Any]) -> None:
    assert contradiction(Filter(**keys)) is None


@pytest.mark.parametrize(
    ("zone", "to", "told"),
    [
        ("Mars/Olympus", "07:00", "no time zone"),
        ("/etc/localtime", "07:00", "no time zone"),
        ("UTC", "22:00", "same time"),
    ],
)
def test_quiet_hours_that_mean_nothing_are_told_why(zone: str, to: str, told: str) -> None:
    assert told in (impossible(Preferences(quiet_hours=QuietHours(since="22:00", to=to, timezone=zone))) or "")
    assert impossible(Preferences(quiet_hours=QuietHours(since="22:00", to="07:00", timezone="Asia/Kathmandu"))) is None
