"""A text with its people and organisations, asked for what speaks for or against a mention of a place."""

from __future__ import annotations

from collections.abc import Sequence

from services.enricher.names import Span, lists
from services.enricher.organisations import Organisation
from services.enricher.places.cues import cues
from services.enricher.places.mentions import Mention
from services.enricher.places.phrases import phrases_with
from services.enricher.text import Word

_NAMED_AFTER = frozenset(
    "University College Times Herald Journal Post Gazette Tribune Chronicle Telegraph Star News Press Daily Mail "
    "Airlines Airways Bank Inc Ltd LLC Corp Company FC Holdings TV Radio Television Network Magazine School "
    "Institute".split()
)
"""Words of organisations that bear a place's name without standing for it."""


_SETTLED = frozenset(("org_after", "capital_after", "article"))
"""Cues that tell nothing more once a name is known to stand in an organisation's: "the Columbus City Council"."""
_HEADLINE_WORDS = 30


class Page:
    def __init__(
        self, text: str, words: Sequence[Word], people: Sequence[Span], organisations: Sequence[Organisation]
    ) -> None:
        self.text, self.words = text, words
        self._headline_end = _headline_end(text, words)
        self._shouts = _shouts(words)
        self._surnames = {words[span.last].text for span in people}
        self._namesakes = {words[span.first].text for span in people if span.last > span.first}
        self._organisation: dict[int, str] = {}
        for organisation in organisations:
            span = organisation.span
            named = organisation.listed or any(
                words[index].text in _NAMED_AFTER for index in range(span.first, span.last + 1)
            )
            for index in range(span.first, span.last + 1):
                self._organisation[index] = "named_organisation" if named else "organisation"

    def cues(self, mention: Mention) -> set[str]:
        known = lists()
        found = cues(self.text, self.words, mention, known)
        if mention.inside:
            found.add("contained")
            found.discard("given")
        if mention.holds:
            found.add("contains")
        if (kind := self._organisation.get(mention.first)) is not None:
            found.add(kind)
            found -= {"org_after", "capital_after"} if kind == "named_organisation" else _SETTLED
        if mention.first == mention.last:
            word = self.words[mention.first].text
            if word in self._surnames:
                found.add("person")
            elif word in self._namesakes:
                found.add("namesake")
        if mention.start < self._headline_end:
            found -= {"capital_before", "capital_after"}
        if self._shouts:
            found.discard("short_capitals")
        if self._in_phrase(mention):
            found.add("phrase")
        return found

    def _in_phrase(self, mention: Mention) -> bool:
        window = self.text[max(0, mention.start - 16) : mention.end + 16]
        return any(phrase in window for phrase in phrases_with(self.text[mention.start : mention.end]))


def _shouts(words: Sequence[Word]) -> bool:
    """Whether the text stands in capitals throughout: there short ones make no acronym."""
    counted = [word for word in words[:_HEADLINE_WORDS] if len(word.text) > 1]
    return len(counted) >= 3 and all(word.text.isupper() for word in counted)


def _headline_end(text: str, words: Sequence[Word]) -> int:
    """Where the first line ends if it Begins Most Words With Capitals, else 0: there a capital makes no name."""
    end = text.find("\n")
    if end < 0:
        return 0
    counted = [word for word in words[:_HEADLINE_WORDS] if word.end <= end and len(word.text) > 3]
    return end if len(counted) >= 4 and sum(word.capital for word in counted) > 0.7 * len(counted) else 0
