"""The places that a text names, with where they lie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from services.enricher.names import Span
from services.enricher.organisations import Organisation
from services.enricher.places.choose import base, choose, likeliest
from services.enricher.places.company import add_company
from services.enricher.places.format import Flag, Kind
from services.enricher.places.gazetteer import Gazetteer, Posting
from services.enricher.places.judge import ACCEPT, WEIGHTS, score
from services.enricher.places.mentions import Mention, find_mentions
from services.enricher.places.page import Page
from services.enricher.places.unknown import Unknown, find_unknown
from services.enricher.places.widen import widen
from services.enricher.text import Word
from shared.messages import Place

_CONTAINERS = frozenset((Kind.COUNTRY, Kind.DIVISION, Kind.REGION))
_ALONE = frozenset(
    ("B.C.", "D.C.", "N.J.", "N.Y.", "N.C.", "S.C.", "N.M.", "N.H.", "R.I.", "P.E.I.", "N.S.", "N.B.", "N.W.T.")
)
"""Abbreviations of states that name them without a town before."""
_LIES_IN = re.compile(r",? in (?:the )?(?:(?:north|south|east|west)\w*ern |central )?")
"""Between a town and its state: "south of Athens in northern Alabama"."""
_NEIGHBOURS = frozenset((", ", " ", " (", ","))


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
    _contain(text, words, mentions)
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


def _contain(text: str, words: Sequence[Word], mentions: list[Mention]) -> None:
    """Read "Paris, Texas": the latter name holds the former. Abbreviations of states count only so."""
    for left, right in pairwise(mentions):
        gap = text[left.end : right.start]
        if gap in _NEIGHBOURS and left.last + 1 == right.first:
            _hold(left, right, close=gap == " ")
        elif _LIES_IN.fullmatch(gap) and right.postings[0].kind == Kind.DIVISION:
            _hold(left, right, close=False)
    ends = {mention.last: mention for mention in mentions}
    for mention in mentions:
        if not mention.holds and _abbreviates(text, words, mention):
            mention.holds = True
            mention.postings = tuple(p for p in mention.postings if p.flags & Flag.ABBREVIATION)
            if (town := ends.get(mention.first - 1)) is not None:
                town.inside.add(mention.postings[0].division)
        if not mention.holds and text[mention.start : mention.end] not in _ALONE:
            mention.postings = tuple(p for p in mention.postings if not p.flags & Flag.ABBREVIATION)
        elif any(p.flags & Flag.ABBREVIATION for p in mention.postings) and text[mention.end : mention.end + 1] == ".":
            mention.end += 1


def _abbreviates(text: str, words: Sequence[Word], mention: Mention) -> bool:
    """Whether it is a state's abbreviation behind a town's name, be the town known there or not: "HOLLIDAY, Mo."."""
    if mention.first == 0 or text[mention.end : mention.end + 1] != ".":
        return False
    town = words[mention.first - 1]
    return (
        town.capital
        and text[town.end : mention.start] == ", "
        and any(posting.flags & Flag.ABBREVIATION for posting in mention.postings)
    )


def _hold(left: Mention, right: Mention, *, close: bool) -> None:
    """Let `right` hold `left` where some place of the one name lies in some place of the other."""
    first = left.postings[0]
    if first.flags & Flag.DEMONYM or right.postings[0].flags & Flag.DEMONYM:
        return
    outers = [outer for outer in right.postings if outer.kind in _CONTAINERS]
    pairs = [(base(left, inner), outer) for outer in outers for inner in left.postings if _within(inner, outer)]
    if not pairs:
        return
    outer = max(pairs, key=lambda pair: pair[0])[1]
    if close and first.kind in _CONTAINERS and not outer.flags & Flag.ABBREVIATION:
        return
    right.postings = (outer,)
    right.holds = True
    left.inside.add(outer.country or "" if outer.kind == Kind.COUNTRY else outer.division)


def _within(inner: Posting, outer: Posting) -> bool:
    if inner.place == outer.place or inner.country != outer.country or inner.kind == Kind.COUNTRY:
        return False
    if outer.kind == Kind.COUNTRY:
        return True
    return inner.kind != Kind.DIVISION and inner.division == outer.division


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
