"""What stands around a name and says whether it is a place's: prepositions, datelines, neighbours, the name itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.enricher.names import Lists
from services.enricher.places.mentions import Mention, unspaced
from services.enricher.text import Word, starts_sentence

STRONG = frozenset(
    "in near at outside inside throughout across around north south east west northeast northwest southeast southwest "
    "en dans près im bei nahe aus em на в во у під под біля около في قرب داخل خارج در".split()
)
WEAK = frozenset(
    "to from of for into toward towards via between and against over on leaving visiting off within "
    "nach von à au aux de depuis desde da do из от до з із".split()
)
_PLACE_NOUNS = frozenset(
    "city town village suburb district region province county capital neighbourhood neighborhood state island port "
    "oblast hamlet settlement township borough municipality commune prefecture governorate".split()
)
_HELD = frozenset("residents people outskirts suburbs streets inhabitants mayor".split())
"""What a place has: "residents of Bath"."""
_OF_A_PLACE = _PLACE_NOUNS | _HELD
_ATTRIBUTED = frozenset(
    "area airport man woman men women resident residents police court mayor native community officials authorities "
    "neighbourhood neighborhood metro hospital based".split()
)
_SAYING = frozenset("said says told added wrote tweeted argued".split())
_TAG = re.compile(r"<[^<>]{0,100}>")
_DATELINE = re.compile(
    r"(?:, [A-Z][\w.]+(?: [A-Z][\w.]+)?)?(?: \([A-Z][\w. /]+\))?(?:, [A-Z][a-z]{2,8}\.? \d{1,2})? ?[—–-]{1,2} ?\w?"
)
_BASED = re.compile(
    r"-(?:based|born|led|backed|bound|area|made|occupied|controlled|held|wide|run|owned|style|friendly)\b"
)


def cues(text: str, words: Sequence[Word], mention: Mention, known: Lists) -> set[str]:
    """The cues that hold of a mention, by name; weights stand in judge.py."""
    found: set[str] = set()
    before = words[mention.first - 1] if mention.first else None
    gap = _TAG.sub("", text[before.end : mention.start]) if before else ""
    close = before is not None and gap in (" ", "-", "\u00a0")
    if before is not None and close:
        _before(text, words, mention, before, found, known)
    _after(text, words, mention, found, known)
    surface = text[mention.start : mention.end]
    if starts_sentence(text, mention.start):
        found.add("first")
        if _DATELINE.match(text, mention.end) and (mention.start == 0 or text[mention.start - 1] == "\n"):
            found.add("dateline")
    if mention.first == mention.last:
        lower = surface.lower()
        if lower in known.ordinary:
            found.add("ordinary")
        if surface in known.given or surface.title() in known.given:
            found.add("given")
        if surface in known.not_names:
            found.add("not_name")
        if surface.isupper() and len(surface) < 5:
            found.add("short_capitals")
        elif len(surface) <= 3 and not unspaced(surface):
            found.add("short")
    else:
        found.add("several_words")
    return found


def _before(text: str, words: Sequence[Word], mention: Mention, before: Word, found: set[str], known: Lists) -> None:
    lower = before.lower
    if lower == "the" and mention.first >= 2:
        found.add("article")
        earlier = words[mention.first - 2]
        if earlier.lower in STRONG:
            found.add("strong_the")
        return
    if lower in STRONG:
        found.add("strong")
    elif lower in WEAK:
        found.add("weak")
        if lower == "of" and mention.first >= 2 and words[mention.first - 2].lower in _OF_A_PLACE:
            found.add("place_of")
    elif lower in _PLACE_NOUNS:
        found.add("place_noun")
    elif lower in known.titles or lower in known.forms:
        found.add("title")
    elif lower in ("a", "an", "this", "his", "her", "their", "our", "my", "its"):
        found.add("determiner")
    elif _part_of_a_name(text, mention, before, known):
        found.add("capital_before")
        if before.text in known.given:
            found.add("given_before")


def _after(text: str, words: Sequence[Word], mention: Mention, found: set[str], known: Lists) -> None:
    if _BASED.match(text, mention.end):
        found.add("based")
    following = words[mention.last + 1] if mention.last + 1 < len(words) else None
    if text[mention.end : mention.end + 1] == "$":
        found.add("phrase")
    if following is None:
        return
    gap = text[mention.end : following.start]
    if gap in ("'", "’") and following.text in ("s", "S"):
        owned = words[mention.last + 2] if mention.last + 2 < len(words) else None
        site = owned is not None and known.geo.get(owned.text) in ("site", "institution")
        found.add("geo_after" if site else "possessive")
        return
    if gap != " ":
        return
    if not following.capital:
        if following.text in _SAYING:
            found.add("saying")
        elif following.text in _PLACE_NOUNS:
            found.add("noun_after")
        elif following.text in _ATTRIBUTED:
            found.add("attributed")
        return
    if not _part_of_a_name(text, mention, following, known):
        return
    found.add("capital_after")
    if following.text in known.org_words:
        found.add("org_after")
    elif following.text in known.geo:
        found.add("geo_after")


def _part_of_a_name(text: str, mention: Mention, neighbour: Word, known: Lists) -> bool:
    """Whether a neighbour may make the mention a piece of another name: a capital, or a word of its own script."""
    if not neighbour.capital or neighbour.text in known.not_names or _both_shout(text, mention, neighbour):
        return False
    return neighbour.text[0].isupper() == text[mention.start].isupper()


def _both_shout(text: str, mention: Mention, neighbour: Word) -> bool:
    """Whether both stand in capitals throughout, which makes a name of neither."""
    return neighbour.text.isupper() and len(neighbour.text) > 1 and text[mention.start : mention.end].isupper()
