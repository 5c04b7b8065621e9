"""Where a text may name a place: every longest run of words that the gazetteer knows, and names it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.enricher.names import lists
from services.enricher.places.format import Flag
from services.enricher.places.gazetteer import Gazetteer, Posting
from services.enricher.text import Word, fold, joined

_CASELESS = range(0x0E00, 0x0E80), range(0x3040, 0x3100), range(0x3400, 0xA000), range(0xAC00, 0xD7B0)
_LONGEST_UNSPACED = 8
_CYRILLIC_ENDINGS = (("е", "а"), ("у", "а"), ("ы", "а"), ("и", "а"), ("ой", "а"), ("ою", "а"), ("ом", ""), ("е", ""))
_MORE_CYRILLIC = (
    ("а", ""),
    ("у", ""),
    ("ии", "ия"),
    ("ию", "ия"),
    ("ией", "ия"),
    ("ію", "ія"),
    ("ії", "ія"),
    ("і", "а"),
)
_LEAST_INFLECTED = 100_000
_ANYWAY = Flag.ACRONYM | Flag.DEMONYM
"""What names a place though the word is on the list of those that no name begins with: "US", "French"."""


@dataclass(slots=True)
class Mention:
    """Words `first` to `last` (both included) that may name one of `postings`' places."""

    first: int
    last: int
    start: int
    end: int
    key: str
    postings: tuple[Posting, ...]
    division_noun: bool = False
    """Followed by "region", "oblast" and the like."""
    score: float = 0.0
    chosen: Posting | None = None
    inside: set[str] = field(default_factory=set)
    """Countries and divisions ("US", "US.TX") that the text itself puts the place in."""
    holds: bool = False
    """The text puts the name before it in this one."""
    lies_there: dict[int, int] = field(default_factory=dict)
    """See choose.py: of a name that is a country's and a state's, how many other names have a place in each."""
    cues: set[str] = field(default_factory=set)


def find_mentions(text: str, words: Sequence[Word], gazetteer: Gazetteer) -> list[Mention]:
    found: list[Mention] = []
    index, count = 0, len(words)
    while index < count:
        word = words[index]
        if not word.capital:
            index += 1
            continue
        if unspaced(word.text):
            found.extend(_inside_unspaced(word, index, gazetteer))
            index += 1
            continue
        mention = _longest(text, words, index, gazetteer)
        if mention is None:
            index += 1
            continue
        found.append(mention)
        index = mention.last + 1
    return found


def _longest(text: str, words: Sequence[Word], first: int, gazetteer: Gazetteer) -> Mention | None:
    """The longest known name that begins with the word `first`."""
    key, answer = gazetteer.look_up_word(words[first].text)
    best = None
    if answer.longest > 1:
        best = _from(text, words, first, first, key, gazetteer)
    elif answer.postings:
        best = _mention(text, words, first, first, key, answer.postings)
    if _owns(text, words, first):
        best = _from(text, words, first, first + 1, f"{key}s", gazetteer, least=2) or best
    if best is None and "\u0400" <= key[:1] <= "\u04ff":
        return _inflected(words, first, key, gazetteer)
    return best


def _from(
    text: str, words: Sequence[Word], first: int, last: int, key: str, gazetteer: Gazetteer, *, least: int = 1
) -> Mention | None:
    """The longest known name of at least `least` words that begins with `key`, the words `first` to `last`."""
    answer = gazetteer.look_up(key)
    taken = key.count(" ") + 1
    best = _mention(text, words, first, last, key, answer.postings) if taken >= least else None
    while answer.longest > taken and last + 1 < len(words) and joined(text, words[last], words[last + 1]):
        last += 1
        taken += 1
        key = f"{key} {fold(words[last].text)}"
        answer = gazetteer.look_up(key)
        if answer.postings and (words[last].capital or words[last].text != words[last].lower):  # "d'Ivoire"
            best = _mention(text, words, first, last, key, answer.postings) or best
        if _owns(text, words, last):
            best = _from(text, words, first, last + 1, f"{key}s", gazetteer, least=taken + 1) or best
    return best


def _owns(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether "'s" follows, which may be part of a name: "People's Republic", "Queen Anne's County"."""
    return (
        index + 1 < len(words)
        and words[index + 1].text in ("s", "S")
        and text[words[index].end : words[index + 1].start] in ("'", "’")
    )


def _mention(
    text: str, words: Sequence[Word], first: int, last: int, key: str, postings: tuple[Posting, ...]
) -> Mention | None:
    if not postings:
        return None
    start, end = words[first].start, words[last].end
    surface = text[start:end]
    if first == last and _no_name(surface) and not postings[0].flags & _ANYWAY:
        return None
    if first == last and not surface.replace(".", "").isupper():
        postings = tuple(p for p in postings if not p.flags & Flag.ACRONYM)
    elif first == last and len(surface) <= 5 and any(p.flags & Flag.ACRONYM for p in postings):
        postings = tuple(p for p in postings if p.flags & Flag.ACRONYM)
    return Mention(first, last, start, end, key, postings) if postings else None


def _no_name(surface: str) -> bool:
    not_names = lists().not_names
    return surface in not_names or (surface.isupper() and surface.title() in not_names)


def unspaced(word: str) -> bool:
    """Whether the word is of a script that writes without spaces."""
    code = ord(word[0])
    return code >= 0x0E00 and any(code in script for script in _CASELESS)


def _inside_unspaced(word: Word, index: int, gazetteer: Gazetteer) -> list[Mention]:
    found = []
    at, size = 0, len(word.text)
    while at < size - 1:
        for length in range(min(_LONGEST_UNSPACED, size - at), 1, -1):
            key = fold(word.text[at : at + length])
            postings = gazetteer.look_up(key).postings
            if postings and gazetteer.population[postings[0].place] >= _LEAST_INFLECTED:
                start = word.start + at
                found.append(Mention(index, index, start, start + length, key, postings))
                at += length - 1
                break
        at += 1
    return found


def _inflected(words: Sequence[Word], index: int, key: str, gazetteer: Gazetteer) -> Mention | None:
    """A Russian or Ukrainian name of a well-known place in another case than the nominative."""
    for ending, nominative in (*_CYRILLIC_ENDINGS, *_MORE_CYRILLIC):
        if not key.endswith(ending) or len(key) - len(ending) < 3:
            continue
        postings = gazetteer.look_up(key.removesuffix(ending) + nominative).postings
        if postings and gazetteer.population[postings[0].place] >= _LEAST_INFLECTED:
            word = words[index]
            return Mention(index, index, word.start, word.end, key, postings)
    return None
