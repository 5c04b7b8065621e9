"""What an entry is about: one pass over its text through every finder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from services.enricher.alert import alert_text
from services.enricher.figures.find import find_figures
from services.enricher.keywords import find_keywords
from services.enricher.language import LanguageFinder
from services.enricher.model import NameModel, with_organisations, with_people
from services.enricher.names import Span
from services.enricher.organisations import Organisation, find_organisations
from services.enricher.people import find_people
from services.enricher.places.cache import gazetteer_file
from services.enricher.places.find import find_places
from services.enricher.places.gazetteer import Gazetteer
from services.enricher.text import MAX_ANALYSED, Word, fold, words_of
from services.enricher.topics import TopicFinder
from services.enricher.urgency import UrgencyRater
from services.enricher.urgency_table import UrgencyTable
from shared.messages import Enrichment, Mention, Place, enrichment_text
from shared.records import Blog, Entry

_BLOGS_KEPT = 200


class _About:
    """What a blog's own title and description tell: its language, the countries it is about, who it names."""

    def __init__(self, language: str | None, countries: Counter[str], surnames: frozenset[str]) -> None:
        self.language, self.countries, self.surnames = language, countries, surnames


_NO_BLOG = _About(None, Counter(), frozenset())


class Enricher:
    """Finds what entries are about. The same entry of the same blog always gives the same enrichment."""

    def __init__(
        self, gazetteer: Gazetteer, urgency: UrgencyTable | None = None, model: NameModel | None = None
    ) -> None:
        self._gazetteer = gazetteer
        self._languages = LanguageFinder()
        self._urgency = UrgencyRater(urgency)
        self._model = model
        self._topics = TopicFinder()
        self._blogs: dict[tuple[str | None, str | None], _About] = {}

    def enrich(self, entry: Entry, blog: Blog | None = None) -> Enrichment:
        """Offsets count characters of `enrichment_text(entry)`; nothing is looked for beyond MAX_ANALYSED."""
        text = enrichment_text(entry)
        about = self._about(blog)
        words = words_of(text)
        language = self._languages.find(text, words, about.language)
        people, organisations = self._names(text, words, language, about)
        places = find_places(text, words, self._gazetteer, people, organisations, about.countries)
        figures = find_figures(text, words, language)
        lower = text[:MAX_ANALYSED].lower().replace("’", "'")
        topics = self._topics.find(lower)
        urgency, reasons = self._urgency.rate(entry, lower, figures)
        named_people = _mentions(text, words, people)
        named_organisations = _mentions(text, words, (one.span for one in organisations))
        return Enrichment(
            language=language,
            places=tuple(places),
            people=named_people,
            organisations=named_organisations,
            figures=tuple(figures),
            topics=tuple(topics),
            keywords=tuple(
                find_keywords(
                    words,
                    _names(places, named_people, named_organisations),
                    (word for topic in topics for word in topic.words),
                )
            ),
            urgency=urgency,
            urgency_reasons=reasons,
            alert=alert_text(
                entry,
                blog,
                [place.name for place in places if not place.demonym],
                [one.name for one in (*named_people, *named_organisations)],
            ),
        )

    def raised(self, about: Enrichment, *, sources: int, tempo: float) -> Enrichment:
        """With the urgency that lies outside of the entry: its story's sources, and its blog's tempo."""
        return self._urgency.raised(about, sources=sources, tempo=tempo)

    def _names(
        self, text: str, words: list[Word], language: str | None, about: _About
    ) -> tuple[list[Span], list[Organisation]]:
        """People and organisations by the rules, and by the model where there is one for this language."""
        people = find_people(text, words, self._is_place, about.surnames)
        if self._model is None or not self._model.reads(language):
            return people, find_organisations(text, words, people)
        named = self._model.find(text, words)

        def is_place(span: Span) -> bool:
            return self._is_place(text[words[span.first].start : words[span.last].end])

        people = with_people(people, named.people, is_place)
        organisations = find_organisations(text, words, people)
        return people, with_organisations(organisations, named.organisations, people, is_place)

    def _about(self, blog: Blog | None) -> _About:
        if blog is None:
            return _NO_BLOG
        key = (blog.title, blog.description)
        known = self._blogs.get(key)
        if known is None:
            if len(self._blogs) >= _BLOGS_KEPT:
                self._blogs.clear()
            known = self._blogs[key] = self._read(blog)
        return known

    def _read(self, blog: Blog) -> _About:
        text = "\n\n".join(part for part in (blog.title, blog.description) if part)
        words = words_of(text)
        people = find_people(text, words, self._is_place)
        places = find_places(text, words, self._gazetteer, people)
        return _About(
            self._languages.find(text, words, None),
            Counter({place.country: 1 for place in places if place.country}),
            frozenset(words[span.last].text for span in people),
        )

    def _is_place(self, name: str) -> bool:
        return bool(self._gazetteer.look_up(fold(name)).postings)


def load(cache: Path | None = None, *, urgency: UrgencyTable | None = None, model: NameModel | None = None) -> Enricher:
    """An enricher over the gazetteer in the folder `cache` (the user's cache where None), built if it is not there."""
    return Enricher(Gazetteer(gazetteer_file(cache)), urgency, model)


def _mentions(text: str, words: list[Word], spans: Iterable[Span]) -> tuple[Mention, ...]:
    found = []
    for span in spans:
        start, end = words[span.first].start, words[span.last].end
        found.append(Mention(name=text[start:end], start=start, end=end))
    return tuple(found)


def _names(places: Iterable[Place], people: Iterable[Mention], organisations: Iterable[Mention]) -> list[str]:
    """The entry's names in the order of the text."""
    named = [(place.start, place.name) for place in places if not place.demonym]
    named += [(mention.start, mention.name) for mention in (*people, *organisations)]
    return [name for _, name in sorted(named)]
