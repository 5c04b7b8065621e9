"""What stands around a name and says whether it is a place's: prepositions, datelines, neighbours, the name itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.enricher.names import Lists
from services.enricher.places.mentions import Mention, unspaced
from services.enricher.text import Word, starts_sentence

STRONG = frozenset(
    "in near at outside inside throughout across around between north south east west northeast northwest southeast "
    "southwest en dans près im bei nahe aus em на в во у під под біля около في قرب داخل خارج در".split()
)
WEAK = frozenset(
    "to from of for into toward towards via and against over on leaving visiting off within "
    "hit hits struck strikes rocked rocks shook shakes battered batters pounded reached reaches entered enters shelled "
    "bombed visited visits left fled "
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
    "neighbourhood neighborhood metro hospital based lawmakers voters firefighters leaders schools school council "
    "rally laboratory restaurant doctor hotel pub church home house apartment factory plant market prison jail "
    "suburb".split()
)
_PERSON = frozenset(
    "man woman men women boy girl teen teenager couple family mother father resident residents native motorist driver "
    "businessman teacher student students farmer crews deputies firefighters officers".split()
)
"""Who is called after a town: "a Medford man", "a man from Reading"."""
_GOVERNED = frozenset("Gov Governor Legislature Lt".split())
"""What a state has and a country of its name has not: "Georgia Gov. Kemp"."""
_ARTICLES = frozenset("a an the old".split())
_PART = frozenset(
    "central northern southern eastern western northwestern northeastern southwestern southeastern downtown nearby "
    "rural suburban upstate mainland coastal neighbouring neighboring".split()
)
"""What a place has, said before its name: "in central Victoria"."""
_AGE = re.compile(r"\b\d{1,3}, $")
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
            if "strong" in found:
                found.discard("ordinary")
        if surface in known.not_names:
            found.add("not_name")
        if surface.isupper() and len(surface) < 5:
            found.add("short_capitals")
        elif len(surface) <= 3 and not unspaced(surface):
            found.add("short")
    else:
        found.add("several_words")
        if surface.endswith((" County", " COUNTY", " Parish")):
            found.add("county")
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
    elif lower in _PART:
        found.add("strong" if mention.first >= 2 else "weak")
    elif lower in WEAK:
        found.add("weak")
        if lower in ("of", "from") and mention.first >= 2 and _had(text, words[mention.first - 2], before):
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


def _had(text: str, earlier: Word, preposition: Word) -> bool:
    """Whether "of" or "from" follows what a place has: residents, a man, somebody's age."""
    if preposition.lower == "of" and earlier.lower in _OF_A_PLACE:
        return True
    return earlier.lower in _PERSON or _AGE.search(text, max(0, preposition.start - 6), preposition.start) is not None


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
        _before_a_noun(words, mention, following.text, found)
        return
    if following.text in _GOVERNED:
        found.add("governed")
        return
    if not _part_of_a_name(text, mention, following, known):
        return
    found.add("capital_after")
    if following.text in known.org_words:
        found.add("org_after")
    elif following.text in known.geo:
        found.add("geo_after")


def _before_a_noun(words: Sequence[Word], mention: Mention, noun: str, found: set[str]) -> None:
    if noun in _SAYING:
        found.add("saying")
    elif noun in _PLACE_NOUNS:
        found.add("noun_after")
    elif noun in _PERSON and mention.first and words[mention.first - 1].lower in _ARTICLES:
        found.add("called_after")
        found -= {"determiner", "article"}
    elif noun in _ATTRIBUTED:
        found.add("attributed")


def _part_of_a_name(text: str, mention: Mention, neighbour: Word, known: Lists) -> bool:
    """Whether a neighbour may make the mention a piece of another name: a capital, or a word of its own script."""
    if not neighbour.capital or neighbour.text in known.not_names or _both_shout(text, mention, neighbour):
        return False
    return neighbour.text[0].isupper() == text[mention.start].isupper()


def _both_shout(text: str, mention: Mention, neighbour: Word) -> bool:
    """Whether both stand in capitals throughout, which makes a name of neither."""
    return neighbour.text.isupper() and len(neighbour.text) > 1 and text[mention.start : mention.end].isupper()
