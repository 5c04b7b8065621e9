"""Milliseconds to find which of a million subscriptions an entry concerns, on one core, in one process.

Subscriptions come as they lie in Redis (MessagePack) and are decoded and taken in one by one: that is the load time.
Their words, places, people, topics and sources are drawn by Zipf's law (the most popular word stands in 9 % of word
filters); one in a hundred asks for everything at once, one in two hundred for nothing in particular. Entries have 60 to
320 words, half of them small words; the rest follow Zipf-Mandelbrot, so that the most frequent word of the vocabulary
stands in about a quarter of the entries. The baseline is the naive evaluator: every filter, its conditions prepared, is
asked one by one, over a sample, scaled to all; what both find is compared in the run. `value` is the time until it is
known who matches, `with_ids` that to a list of their ids. Times are the thread's CPU time: on a free core, the time.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np

from services.notifier.matching.index import FilterIndex
from shared.filters.conditions import conditions
from shared.filters.evaluate import holds
from shared.filters.features import features_of
from shared.messages import CREATED, Enrichment, EntryChanged, EntryEnriched, Mention, Place, Topic
from shared.records import Blog, Entry
from shared.subscriptions.record import ACTIVE, Filter, Near, PushKeys, Subscription, WebPushChannel

VOCABULARY, NAMES, CITIES, SOURCES = 50_000, 20_000, 25_000, 500
CHUNK = 10_000
COUNTRIES = (
    "US", "GB", "UA", "RU", "IL", "FR", "DE", "CN", "IN", "IR", "PS", "SY", "TR", "PL", "IT", "ES", "JP", "KR", "AU",
    "CA", "BR", "MX", "ZA", "EG", "SA", "AE", "NG", "KE", "PK", "AF", "BD", "ID", "PH", "VN", "TH", "NL", "BE", "SE",
)  # fmt: skip
SMALL = (
    "the", "of", "and", "to", "in", "is", "that", "was", "for", "on", "with", "as", "it", "his", "he", "by", "at",
    "are", "from", "this", "be", "has", "have", "had", "were", "said", "will", "not", "but",
)  # fmt: skip
LANGUAGES = ("en", "de", "fr", "es", "uk", "pl", "it", "da")


class Draw:
    """Numbers by Zipf's law: rank r has the weight 1 / (r + shift); drawn in bulk, handed out one by one."""

    def __init__(self, rng: np.random.Generator, size: int, shift: float = 1.0) -> None:
        weights = np.cumsum(1 / (np.arange(size) + shift))
        self._bounds = weights / weights[-1]
        self._rng = rng
        self._drawn: list[int] = []

    def one(self) -> int:
        if not self._drawn:
            self._drawn = np.searchsorted(self._bounds, self._rng.random(100_000)).tolist()
        return self._drawn.pop()

    def some(self, most: int) -> tuple[int, ...]:
        return tuple({self.one() for _ in range(1 + self.one() % most)})


class World:
    """The places, people, words and sources that subscriptions and entries are made of."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        self.words = [_syllables(n) for n in range(VOCABULARY)]
        self.spots = np.column_stack((rng.uniform(-55, 70, CITIES), rng.uniform(-180, 180, CITIES))).round(4).tolist()
        self.asked_words, self.written_words = Draw(rng, VOCABULARY), Draw(rng, VOCABULARY, 30)
        self.asked_names, self.written_names = Draw(rng, NAMES), Draw(rng, NAMES, 30)
        self.asked_cities, self.written_cities = Draw(rng, CITIES), Draw(rng, CITIES, 30)
        self.countries, self.topics = Draw(rng, len(COUNTRIES)), Draw(rng, 120)
        self.sources, self.languages = Draw(rng, SOURCES), Draw(rng, len(LANGUAGES))

    def person(self, number: int) -> str:
        return f"{self.words[number * 7 % VOCABULARY].title()} {self.words[number].title()}son"

    def place(self, number: int) -> Place:
        lat, lon = self.spots[number]
        return Place(
            name=f"{self.words[number].title()}ville", start=0, end=1, lat=lat, lon=lon,
            country=COUNTRIES[number % len(COUNTRIES)], geoname_id=1_000_000 + number,
        )  # fmt: skip

    def filter(self) -> Filter:
        """One to three subjects and some refinements; now and then everything or nothing."""
        kind = self.rng.random()
        if kind < 0.005:
            return Filter()
        if kind > 0.99:
            return Filter(**{key: make(self) for key, _, make in (*SUBJECTS, *REFINEMENTS)})
        subjects = {
            SUBJECTS[n][0]: SUBJECTS[n][2] for n in np.searchsorted(_SHARES, self.rng.random(1 + kind_of(kind)))
        }
        refined = {key: make for key, part, make in REFINEMENTS if self.rng.random() < part}
        return Filter(**{key: make(self) for key, make in (subjects | refined).items()})

    def near(self) -> Near:
        lat, lon = self.spots[self.asked_cities.one()]
        return Near(lat=lat, lon=lon, km=(5, 10, 25, 50, 100, 500)[self.rng.integers(6)])

    def entry(self, number: int) -> EntryEnriched:
        size = int(self.rng.integers(60, 320))
        text = " ".join(
            SMALL[self.rng.integers(len(SMALL))] if self.rng.random() < 0.5 else self.words[self.written_words.one()]
            for _ in range(size)
        )
        title = " ".join(self.words[self.written_words.one()] for _ in range(9))
        entry = Entry(id=f"post-{number}", title=title, text=text)
        changed = EntryChanged(
            id=f"evt_{number}", source=f"source-{self.sources.one()}", blog=Blog(url=None), change=CREATED,
            entry=entry, revision=1,
        )  # fmt: skip
        about = Enrichment(
            language=LANGUAGES[self.languages.one()],
            places=tuple(self.place(self.written_cities.one()) for _ in range(self.rng.integers(0, 6))),
            people=tuple(_mention(self.person(self.written_names.one())) for _ in range(self.rng.integers(0, 5))),
            organisations=tuple(
                _mention(f"{self.words[self.written_names.one()]} Office") for _ in range(self.rng.integers(0, 4))
            ),
            topics=tuple(Topic(code=f"{20_000_000 + n}", label=f"topic {n}") for n in self.topics.some(3)),
            urgency=float(self.rng.random()),
        )
        return EntryEnriched(changed=changed, about=about)


SUBJECTS: tuple[tuple[str, float, Any], ...] = (
    ("words", 0.35, lambda w: tuple(_phrase(w, n) for n in w.asked_words.some(3))),
    ("places", 0.30, lambda w: tuple(_place(w) for _ in range(1 + w.asked_words.one() % 2))),
    ("people", 0.12, lambda w: tuple(w.person(n) for n in w.asked_names.some(2))),
    ("topics", 0.08, lambda w: tuple(f"medtop:{20_000_000 + n}" for n in w.topics.some(2))),
    ("all_words", 0.07, lambda w: tuple(w.words[n] for n in w.asked_words.some(3))),
    ("organisations", 0.04, lambda w: (f"{w.words[w.asked_names.one()]} office",)),
    ("near", 0.04, World.near),
)
REFINEMENTS: tuple[tuple[str, float, Any], ...] = (
    ("none_words", 0.15, lambda w: tuple(w.words[n] for n in w.asked_words.some(2))),
    ("languages", 0.30, lambda w: (LANGUAGES[w.languages.one()],)),
    ("min_urgency", 0.30, lambda w: round(float(w.rng.integers(2, 9)) / 10, 1)),
    ("sources", 0.25, lambda w: tuple(f"source-{n}" for n in w.sources.some(3))),
    ("changes", 0.20, lambda w: ("created", "updated", "deleted")[: w.rng.integers(1, 4)]),
)
_SHARES = np.cumsum([part for _, part, _ in SUBJECTS[:-1]])


def kind_of(share: float) -> int:
    """How many subjects more than one: none in six of ten, one in three, two in one."""
    return 0 if share < 0.6 else 1 if share < 0.9 else 2


def _syllables(number: int) -> str:
    """A word of its own for each number."""
    letters, word = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"), ""
    number += 200
    while number:
        number, rest = divmod(number, 70)
        word += letters[rest // 5] + "aeiou"[rest % 5]
    return word


def _phrase(world: World, number: int) -> str:
    word = world.words[number]
    return f"{word} {world.words[world.asked_words.one()]}" if world.rng.random() < 0.05 else word


def _place(world: World) -> str | int:
    kind = world.rng.random()
    if kind < 0.6:
        return COUNTRIES[world.countries.one()]
    number = world.asked_cities.one()
    return 1_000_000 + number if kind < 0.8 else f"{world.words[number]}ville"


def _mention(name: str) -> Mention:
    return Mention(name=name, start=0, end=len(name))


def records(world: World, count: int) -> Iterator[list[bytes]]:
    """Subscriptions as Redis holds them, in chunks."""
    keys = PushKeys(p256dh="B" * 87, auth="a" * 22)
    for start in range(0, count, CHUNK):
        yield [
            msgspec.msgpack.encode(
                Subscription(
                    id=f"sub_{number:022d}",
                    channel=WebPushChannel(endpoint=f"https://push.example/{number:0150d}", keys=keys),
                    filter=world.filter(), status=ACTIVE, token_hash="0" * 64, created_at=0.0,
                )
            )
            for number in range(start, min(count, start + CHUNK))
        ]  # fmt: skip


def resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


Found: TypeAlias = FilterIndex[str, int]


def loaded(world: World, count: int, sample: int) -> tuple[Found, list[Subscription], dict[str, Any]]:
    """The index, every so many-th subscription for the baseline, and what loading took."""
    decode = msgspec.msgpack.Decoder(Subscription).decode
    index: Found = FilterIndex(keep=lambda one: one.id, group=lambda one: int(one.id[-2:]) % 16)
    gc.collect()
    before, seconds, sampled = resident_mb(), 0.0, []
    for chunk in records(world, count):
        sampled += [decode(record) for record in chunk[: max(1, sample * CHUNK // count)]]
        started = time.thread_time()
        for record in chunk:
            index.put(decode(record))
        seconds += time.thread_time() - started
    gc.collect()
    after = resident_mb()
    return index, sampled, {
        "distinct_conditions": index.distinct_conditions,
        "load_s": round(seconds, 1),
        "resident_mb": round(after),
        "index_mb": round(after - before),
    }  # fmt: skip


def matched(index: Found, told: list[EntryEnriched]) -> dict[str, Any]:
    rows, ids, groups, found = [], [], [], []
    index.match(told[0], CREATED)
    for event in told:
        rows.append(timed(lambda event=event: index.rows(event, CREATED)))
        ids.append(timed(lambda event=event: index.match(event, CREATED)))
        groups.append(timed(lambda event=event: index.match_groups(event, CREATED)))
        found.append(len(index.rows(event, CREATED)))
    return {
        "p50_ms": round(statistics.median(rows), 3),
        "p99_ms": round(percentile(rows, 0.99), 2),
        "max_ms": round(max(rows), 2),
        "with_ids_p50_ms": round(statistics.median(ids), 2),
        "with_ids_p99_ms": round(percentile(ids, 0.99), 2),
        "ids_in_16_groups_p50_ms": round(statistics.median(groups), 2),
        "matched_p50": round(statistics.median(found)),
        "matched_max": max(found),
    }


def naive(index: Found, sampled: list[Subscription], told: list[EntryEnriched], count: int) -> float:
    """Milliseconds for all of them; what is found must be what the index finds."""
    asked = [(one.id, conditions(one.filter)) for one in sampled]
    names, times = {name for name, _ in asked}, []
    for event in told:
        started = time.thread_time()
        features = features_of(event, CREATED)
        expected = {name for name, wanted in asked if all(holds(condition, features) for condition in wanted)}
        times.append((time.thread_time() - started) * 1000 * count / len(asked))
        assert expected == names.intersection(index.match(event, CREATED))
    return statistics.median(times)


def updated(index: Found, world: World) -> dict[str, Any]:
    """Other filters for subscriptions that are there, and their removal."""
    decode = msgspec.msgpack.Decoder(Subscription).decode
    others = [decode(record) for chunk in records(world, min(CHUNK, len(index))) for record in chunk]
    puts = [timed(lambda one=one: index.put(one)) for one in others]
    removals = [timed(lambda one=one: index.remove(one.id)) for one in others]
    return {
        "update_p50_ms": round(statistics.median(puts), 4),
        "update_p99_ms": round(percentile(puts, 0.99), 4),
        "update_max_ms": round(max(puts), 2),
        "remove_p99_ms": round(percentile(removals, 0.99), 4),
    }


def main(count: int, entries: int, sample: int, seed: int) -> None:
    world = World(seed)
    told = [world.entry(number) for number in range(entries)]
    index, sampled, details = loaded(world, count, sample)
    details = (
        {"subscriptions": count, "entries": entries, "naive_sample": len(sampled)} | details | matched(index, told)
    )
    baseline = naive(index, sampled, told[:10], count)
    ours = details.pop("p50_ms")
    result = {
        "name": "match",
        "value": ours,
        "unit": "ms",
        "baseline": round(baseline, 1),
        "ratio": round(baseline / ours, 1),
        "details": details | updated(index, world),
    }
    print(msgspec.json.encode(result).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--subscriptions", type=int, default=1_000_000, help="how many (1000000)")
    arguments.add_argument("--entries", type=int, default=300, help="entries matched (300)")
    arguments.add_argument("--sample", type=int, default=10_000, help="subscriptions that the baseline asks (10000)")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--full", action="store_true", help="3,000 entries, a baseline over 50,000 subscriptions")
    chosen = arguments.parse_args()
    full = chosen.full
    main(chosen.subscriptions, 3000 if full else chosen.entries, 50_000 if full else chosen.sample, chosen.seed)
