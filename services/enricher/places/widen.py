"""The whole of a place's name where the text says more than the gazetteer: "North London", "Fars Province"."""

from __future__ import annotations

from collections.abc import Sequence

from services.enricher.names import lists
from services.enricher.places.mentions import Mention
from services.enricher.text import Word, starts_sentence

_DIRECTIONS = frozenset(
    "North South East West Northern Southern Eastern Western Upper Lower Central Greater Inner Outer Northeast "
    "Northwest Southeast Southwest North-East North-West South-East South-West Downtown".split()
)


def widen(text: str, words: Sequence[Word], mention: Mention) -> None:
    """Take in a direction before the name and a division's word behind it, where they are part of it."""
    if mention.first > 0:
        before = words[mention.first - 1]
        if (
            before.text in _DIRECTIONS
            and text[before.end : mention.start] == " "
            and (not starts_sentence(text, before.start) or before.text.startswith(("North", "South", "East", "West")))
        ):
            mention.first -= 1
            mention.start = before.start
    following = words[mention.last + 1] if mention.last + 1 < len(words) else None
    if following is None or text[mention.end : following.start] != " ":
        return
    if lists().geo.get(following.text) == "division" and not _goes_on(text, words, mention.last + 1):
        mention.last += 1
        mention.end = following.end


def _goes_on(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether the word is part of a longer name: "Kentucky State Police"."""
    return (
        index + 1 < len(words) and words[index + 1].capital and text[words[index].end : words[index + 1].start] == " "
    )
