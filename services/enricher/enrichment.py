"""What an entry is about: one pass over its text through every finder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from services.enricher.alert import alert_text
from services.enricher.language import LanguageFinder
from services.enricher.names import Span
from services.enricher.people import find_people
from services.enricher.places.cache import gazetteer_file
from services.enricher.places.find import find_places
from services.enricher.places.gazetteer import Gazetteer
from services.enricher.text import Word, fold, words_of
from services.enricher.urgency import UrgencyRater
from shared.messages import Enrichment, Mention, enrichment_text
from shared.records import Blog, Entry


class Enricher:
    """Finds what entries are about. Deterministic: the same entry of the same blog gives the same enrichment."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._languages = LanguageFinder()
        self._urgency = UrgencyRater()

    def enrich(self, entry: Entry, blog: Blog | None = None) -> Enrichment:
        text = enrichment_text(entry)
        words = words_of(text)
        people = find_people(text, words, self._is_place)
        urgency, reasons = self._urgency.rate(entry, text)
        return Enrichment(
            language=self._languages.find(text, words, None),
            places=tuple(find_places(text, words, self._gazetteer, people, (), Counter())),
            people=tuple(_mention(text, words, span) for span in people),
            urgency=urgency,
            urgency_reasons=reasons,
            alert=alert_text(entry, blog),
        )

    def _is_place(self, name: str) -> bool:
        return bool(self._gazetteer.look_up(fold(name)).postings)


def load(cache: Path | None = None) -> Enricher:
    """An enricher over the gazetteer in the folder `cache` (the user's cache where None), built if it is not there."""
    return Enricher(Gazetteer(gazetteer_file(cache)))


def _mention(text: str, words: list[Word], span: Span) -> Mention:
    start, end = words[span.first].start, words[span.last].end
    return Mention(name=text[start:end], start=start, end=end)
