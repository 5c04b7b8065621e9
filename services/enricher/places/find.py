"""The places that a text names, with where they lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from services.enricher.names import Span
from services.enricher.organisations import Organisation
from services.enricher.places.choose import choose, likeliest
from services.enricher.places.company import add_company
from services.enricher.places.contain import contain
from services.enricher.places.format import Flag, Kind
from services.enricher.places.gazetteer import Gazetteer
from services.enricher.places.judge import ACCEPT, WEIGHTS, score
from services.enricher.places.mentions import Mention, find_mentions
from services.enricher.places.page import Page
from services.enricher.places.unknown import Unknown, find_unknown
from services.enricher.places.widen import widen
from services.enricher.text import Word
from shared.messages import Place


def find_places(
    text: str,
    words: Sequence[Word],
    gazetteer: Gazetteer,
    people: Sequence[Span] = (),
    organisations: Sequence[Organisation] = (),
    hints: Counter[str] | None = None,
) -> list[Place]:
    """The places in order. `hints` weighs countries that the blog is about; spans are of words."""
    mentions = _usable(find_mentions(text, words, gazetteer), people)
    demonyms = [mention for mention in mentions if mention.postings[0].flags & Flag.DEMONYM]
    named = [mention for mention in mentions if not mention.postings[0].flags & Flag.DEMONYM]
    contain(text, words, mentions)
    named = [mention for mention in named if mention.postings]
    page = Page(text, words, people, organisations)
    accepted = _accepted(page, named, demonyms, hints or Counter(), gazetteer)
    choose(gazetteer, [*accepted, *demonyms], hints or Counter())
    for mention in accepted:
        widen(text, words, mention)
    unknown = find_unknown(text, words, [*accepted, *demonyms], people, organisations)
    hidden = {id(one.inner) for one in unknown if one.inner is not None}
    places = [_place(text, mention, gazetteer) for mention in accepted if id(mention) not in hidden]
    places += [_place(text, mention, gazetteer, demonym=True) for mention in demonyms if id(mention) not in hidden]
    places += [_unknown_place(text, one, gazetteer) for one in unknown]
    return sorted(places, key=lambda place: place.start)


def _usable(mentions: list[Mention], people: Sequence[Span]) -> list[Mention]:
    """Without what lies wholly in a person's name, and with postings of one kind: demonym or name."""
    persons = {index for span in people for index in range(span.first, span.last + 1)}
    usable = []
    for mention in mentions:
        if all(index in persons for index in range(mention.first, mention.last + 1)):
            continue
        demonyms = tuple(p for p in mention.postings if p.flags & Flag.DEMONYM)
        if demonyms:
            mention.postings = demonyms
        usable.append(mention)
    return usable


_MOST_APART = 100
"""Characters between two names of one sentence."""
_NEVER_AGAIN = frozenset(("phrase", "named_organisation", "person"))
"""What keeps a mention from being taken for a place only because the same name is one elsewhere."""


def _accepted(
    page: Page, mentions: list[Mention], demonyms: list[Mention], hints: Counter[str], gazetteer: Gazetteer
) -> list[Mention]:
    """The mentions that are taken for places: their own cues, and those of the same name elsewhere in the text."""
    countries = _countries(mentions, demonyms, hints)
    among_countries = _among_countries(page.text, mentions)
    for mention in mentions:
        best = likeliest(mention)
        mention.cues = page.cues(mention)
        if countries.get(best.country, set()) - {mention.key}:
            mention.cues.add("coherent")
        if "given" in mention.cues and best.kind == Kind.COUNTRY and mention.start in among_countries:
            mention.cues.add("among_countries")
        if best.flags & (Flag.ACRONYM | Flag.ABBREVIATION):
            mention.cues -= {"short_capitals", "not_name"}
        mention.division_noun = not mention.cues.isdisjoint(("noun_after", "governed"))
        mention.score = score(best.prominence, mention.cues)
    _keep_company(page, mentions, gazetteer)
    best_of: dict[str, float] = {}
    for mention in mentions:
        best_of[mention.key] = max(best_of.get(mention.key, 0.0), mention.score)
    accepted = []
    for mention in mentions:
        if mention.score < best_of[mention.key] >= ACCEPT and mention.cues.isdisjoint(_NEVER_AGAIN):
            mention.score += WEIGHTS["again"]
        if mention.score >= ACCEPT:
            accepted.append(mention)
    return accepted


_ROUNDS = 3
"""How far certainty is handed on: "in Pune, Nashik, Satara and Karad"."""


def _keep_company(page: Page, mentions: list[Mention], gazetteer: Gazetteer) -> None:
    """Raise those that stand with places that are certain, until none is raised."""
    sure = {id(mention) for mention in mentions if mention.score >= ACCEPT}
    for _ in range(_ROUNDS):
        for mention in add_company(page.text, page.words, mentions, sure, gazetteer):
            mention.score = score(likeliest(mention).prominence, mention.cues)
        now = {id(mention) for mention in mentions if mention.score >= ACCEPT}
        if now == sure:
            return
        sure = now


def _among_countries(text: str, mentions: list[Mention]) -> set[int]:
    """Where those mentions of countries begin that have one of another name beside them in their sentence."""
    found: set[int] = set()
    countries = [mention for mention in mentions if mention.postings[0].kind == Kind.COUNTRY]
    for left, right in pairwise(countries):
        between = text[left.end : right.start]
        if left.key != right.key and len(between) <= _MOST_APART and ". " not in between and "\n" not in between:
            found |= {left.start, right.start}
    return found


def _countries(mentions: list[Mention], demonyms: list[Mention], hints: Counter[str]) -> dict[str | None, set[str]]:
    """Country → the names that speak of it by themselves: its own, its divisions', its demonyms, the blog."""
    found: dict[str | None, set[str]] = {country: {""} for country in hints}
    for mention in (*mentions, *demonyms):
        first = mention.postings[0]
        if first.kind in (Kind.COUNTRY, Kind.DIVISION) and first.country is not None:
            found.setdefault(first.country, set()).add(mention.key)
    return found


def _place(text: str, mention: Mention, gazetteer: Gazetteer, *, demonym: bool = False) -> Place:
    chosen = mention.chosen or mention.postings[0]
    place = chosen.place
    if mention.inside and not mention.inside & {chosen.country, chosen.division}:
        country = min(mention.inside).partition(".")[0]
        return Place(name=text[mention.start : mention.end], start=mention.start, end=mention.end, country=country)
    return Place(
        name=text[mention.start : mention.end],
        start=mention.start,
        end=mention.end,
        lat=round(gazetteer.lat[place], 5),
        lon=round(gazetteer.lon[place], 5),
        country=chosen.country,
        geoname_id=gazetteer.id[place] or None,
        demonym=demonym,
    )


def _unknown_place(text: str, one: Unknown, gazetteer: Gazetteer) -> Place:
    """A site named after a town lies where the town lies; every other unknown place has no coordinates."""
    inner = one.inner
    if inner is None or inner.chosen is None or not one.beside:
        return Place(name=text[one.start : one.end], start=one.start, end=one.end)
    named = _place(text, inner, gazetteer)
    return Place(
        name=text[one.start : one.end],
        start=one.start,
        end=one.end,
        lat=named.lat,
        lon=named.lon,
        country=named.country,
    )
