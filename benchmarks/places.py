"""How well the enricher finds and places what texts name, held against "largest population wins" in the same run.

Precision, recall and F of exact spans on TR-News and GeoVirus, and the share of correctly spanned towns that are placed
within 161 km. Demonyms are flagged, not scored: neither ours nor the corpora's count. The baseline has the same
gazetteer and takes every name of it that is no ordinary word, given name or person's, for its largest place.
People, organisations and the band of urgency are scored on the entries that the enricher's tests are labelled with.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from services.enricher.enrichment import Enricher
from services.enricher.names import lists
from services.enricher.organisations import find_organisations
from services.enricher.people import find_people
from services.enricher.places.cache import gazetteer_file
from services.enricher.places.find import find_places
from services.enricher.places.format import Flag, Kind
from services.enricher.places.gazetteer import Gazetteer
from services.enricher.places.mentions import find_mentions
from services.enricher.text import fold, words_of
from shared.records import Entry

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
NEAR_KM = 161.0
LABELLED = Path(__file__).resolve().parents[1] / "services" / "enricher" / "tests" / "testdata" / "labelled.tsv"
HIGH, MIDDLE = 0.55, 0.2
"""Where urgency counts as high and as middle in the labelled entries."""
SHIFT = 7
"""Characters by which a corpus's offsets may be off from its own phrase."""


class Gold(NamedTuple):
    start: int
    end: int
    name: str
    lat: float | None
    lon: float | None
    town: bool | None
    """Whether the corpus says that it is one; None where it does not say."""


class Found(NamedTuple):
    start: int
    end: int
    lat: float | None
    lon: float | None


class Text(NamedTuple):
    text: str
    gold: tuple[Gold, ...]


Finder = Callable[[str], tuple[list[Found], set[tuple[int, int]]]]
"""The places of a text, and the spans of its demonyms."""


def tr_news(path: Path) -> list[Text]:
    texts = []
    for article in ET.parse(path).getroot():
        gold = []
        for toponym in article.iter("toponym"):
            tag = toponym.find("gaztag")
            place = (None, None, False)
            if tag is not None:
                place = (
                    float(tag.findtext("lat", "")),
                    float(tag.findtext("lon", "")),
                    tag.findtext("fcode", "").startswith("PPL"),
                )
            gold.append(
                (
                    int(toponym.findtext("start", "")),
                    int(toponym.findtext("end", "")),
                    toponym.findtext("phrase", ""),
                    *place,
                )
            )
        texts.append(aligned(article.findtext("text", ""), gold))
    return texts


def geovirus(path: Path) -> list[Text]:
    texts = []
    for article in ET.parse(path).getroot():
        gold = [
            (
                int(location.findtext("start", "")),
                int(location.findtext("end", "")),
                location.findtext("name", ""),
                float(location.findtext("lat", "")),
                float(location.findtext("lon", "")),
                None,
            )
            for location in article.iter("location")
        ]
        texts.append(aligned(article.findtext("text", ""), gold))
    return texts


def aligned(text: str, gold: Sequence[tuple[int, int, str, float | None, float | None, bool | None]]) -> Text:
    """With each span moved to where its phrase stands, a few characters off at most."""
    found = []
    for start, end, name, *rest in gold:
        for shift in sorted(range(-SHIFT, SHIFT + 1), key=abs):
            if start + shift >= 0 and text[start + shift : end + shift] == name:
                found.append(Gold(start + shift, end + shift, name, *rest))
                break
    return Text(text, tuple(found))


def livebell(gazetteer: Gazetteer) -> Finder:
    def find(text: str) -> tuple[list[Found], set[tuple[int, int]]]:
        words = words_of(text)
        people = find_people(text, words, lambda name: bool(gazetteer.look_up(fold(name)).postings))
        places = find_places(text, words, gazetteer, people, find_organisations(text, words, people))
        named = [Found(place.start, place.end, place.lat, place.lon) for place in places if not place.demonym]
        return named, {(place.start, place.end) for place in places if place.demonym}

    return find


def largest(gazetteer: Gazetteer) -> Finder:
    """The baseline: a gazetteer, a filter, and the largest population."""

    def find(text: str) -> tuple[list[Found], set[tuple[int, int]]]:
        words = words_of(text)
        people = find_people(text, words, lambda name: bool(gazetteer.look_up(fold(name)).postings))
        persons = {index for span in people for index in range(span.first, span.last + 1)}
        named, demonyms = [], set()
        for mention in find_mentions(text, words, gazetteer):
            if any(posting.flags & Flag.DEMONYM for posting in mention.postings):
                demonyms.add((mention.start, mention.end))
                continue
            postings = [posting for posting in mention.postings if not posting.flags & Flag.ABBREVIATION]
            surface = text[mention.start : mention.end]
            if (
                not postings
                or mention.first in persons
                or surface.lower() in lists().ordinary
                or surface in lists().given
            ):
                continue
            place = max(postings, key=lambda posting: gazetteer.population[posting.place]).place
            named.append(Found(mention.start, mention.end, gazetteer.lat[place], gazetteer.lon[place]))
        return named, demonyms

    return find


def scored(
    texts: Sequence[Text], find: Finder, gazetteer: Gazetteer, demonyms: Sequence[set[tuple[int, int]]]
) -> dict[str, float]:
    right = found_count = gold_count = towns = near = placed = 0
    for text, apart in zip(texts, demonyms, strict=True):
        named, _ = find(text.text)
        found = {(one.start, one.end): one for one in named}
        gold = {(one.start, one.end): one for one in text.gold if (one.start, one.end) not in apart}
        found_count, gold_count = found_count + len(found), gold_count + len(gold)
        for span in found.keys() & gold.keys():
            right += 1
            one, ours = gold[span], found[span]
            if one.lat is None or one.lon is None or not is_town(one, gazetteer):
                continue
            towns += 1
            if ours.lat is not None and ours.lon is not None:
                placed += 1
                near += distance(ours.lat, ours.lon, one.lat, one.lon) <= NEAR_KM
    precision, recall = right / max(found_count, 1), right / max(gold_count, 1)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "towns": towns,
        "within_161_km": round(near / max(towns, 1), 4),
        "within_161_km_of_those_with_coordinates": round(near / max(placed, 1), 4),
    }


def is_town(gold: Gold, gazetteer: Gazetteer) -> bool:
    """By the corpus's feature code; where it has none, whatever bears no country's, region's or water's name."""
    if gold.town is not None:
        return gold.town
    return all(posting.kind in (Kind.CITY, Kind.CAPITAL) for posting in gazetteer.look_up(fold(gold.name)).postings)


def distance(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Kilometres along the globe."""
    phi, other_phi = math.radians(lat), math.radians(other_lat)
    half = (
        math.sin((other_phi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(other_phi) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 12_742 * math.asin(min(1.0, math.sqrt(half)))


def labelled(path: Path, enricher: Enricher) -> dict[str, float]:
    """Exact names of people and organisations, counted; and how many entries have the urgency of their label's band."""
    counts: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        band, flags, marked = line.split("\t")
        title, text = re.sub(r"[{}\[\]]", "", marked).split(" | ", 1)
        about = enricher.enrich(Entry(id="1", title=title, text=text, key_event="k" in flags, pinned="p" in flags))
        for what, pattern in (("people", r"\{([^}]*)\}"), ("organisations", r"\[([^\]]*)\]")):
            gold = Counter(re.findall(pattern, marked))
            found = Counter(mention.name for mention in getattr(about, what))
            counts[f"{what} right"] += (gold & found).total()
            counts[f"{what} gold"] += gold.total()
            counts[f"{what} found"] += found.total()
        given = "high" if about.urgency >= HIGH else "middle" if about.urgency >= MIDDLE else "low"
        counts["entries"] += 1
        counts["urgency right"] += given == band
    scores = {"entries": counts["entries"], "urgency": round(counts["urgency right"] / counts["entries"], 4)}
    for what in ("people", "organisations"):
        scores[f"{what} precision"] = round(counts[f"{what} right"] / max(counts[f"{what} found"], 1), 4)
        scores[f"{what} recall"] = round(counts[f"{what} right"] / max(counts[f"{what} gold"], 1), 4)
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of TR-News.xml and GeoVirus.xml")
    parser.add_argument("--full", action="store_true", help="the same: it always scores both corpora whole")
    options = parser.parse_args()
    corpora = {
        "TR-News": (tr_news, options.data / "TR-News.xml"),
        "GeoVirus": (geovirus, options.data / "GeoVirus.xml"),
    }
    if missing := [str(path) for _, path in corpora.values() if not path.is_file()]:
        sys.exit(f"The labelled corpora are not there: {', '.join(missing)}. Name their folder with --data.")
    gazetteer = Gazetteer(gazetteer_file())
    details: dict[str, dict[str, dict[str, float]]] = {}
    own = labelled(LABELLED, Enricher(gazetteer))
    for name, (read, path) in corpora.items():
        texts = read(path)
        ours = livebell(gazetteer)
        demonyms = [ours(text.text)[1] for text in texts]
        details[name] = {
            "livebell": scored(texts, ours, gazetteer, demonyms),
            "largest population wins": scored(texts, largest(gazetteer), gazetteer, demonyms),
        }
        nothing = [set[tuple[int, int]]()] * len(texts)
        details[name]["livebell, the corpus's demonyms counted as missed"] = scored(texts, ours, gazetteer, nothing)
    value, baseline = (
        sum(corpus[who]["f"] for corpus in details.values()) / len(details)
        for who in ("livebell", "largest population wins")
    )
    print(
        json.dumps(
            {
                "name": "places",
                "value": round(value, 4),
                "unit": "F of exact spans, mean of the corpora",
                "baseline": round(baseline, 4),
                "ratio": round(value / baseline, 4),
                "details": {**details, "our own labelled entries": own},
            }
        )
    )


if __name__ == "__main__":
    main()
