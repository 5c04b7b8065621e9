"""How the cost of an entry grows: with partitions and replicas from one to four, and with subscriptions to a million.

The pipeline of `pipeline.py` is run with 1, 2 and 4 partitions and as many parsers and enrichers, all pages lying
ready: entries a second, CPU time per entry of parsers and enrichers together, and their memory. On a machine of two
cores more processes cannot be faster; what is held is that they are not dearer. `value` is the CPU time per entry with
four of each, the baseline that with one. Beside it stands what finding the subscriptions that an entry concerns costs
with 1,000 to 1,000,000 of them, by `match.py`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks import match
from benchmarks.pipeline import as_fast_as_they_can, running

GROWN = (1, 2, 4)
SUBSCRIPTIONS = (1_000, 10_000, 100_000, 1_000_000)


async def pipeline(parts: int, entries: int) -> dict[str, Any]:
    async with running(partitions=parts, replicas=parts) as one:
        rate, cost = await as_fast_as_they_can(one, entries)
        return {
            "partitions_and_replicas": parts,
            "entries_a_second": round(rate),
            "cpu_ms_per_entry": round(sum(cost.values()), 3),
            "resident_mb": sum(one.resident().values()),
        }


def subscriptions(count: int, entries: int) -> dict[str, Any]:
    world = match.World(1)
    told = [world.entry(number) for number in range(entries)]
    index, _, loaded = match.loaded(world, count, sample=1)
    found = match.matched(index, told)
    kept = {name: found[name] for name in ("p50_ms", "p99_ms", "matched_p50")}
    return {"subscriptions": count, **kept, "index_mb": loaded["index_mb"]}


async def main(entries: int, matched: int) -> None:
    grown = [await pipeline(parts, entries) for parts in GROWN]
    value, baseline = (grown[at]["cpu_ms_per_entry"] for at in (-1, 0))
    details = {"pipeline": grown, "matching": [subscriptions(count, matched) for count in SUBSCRIPTIONS]}
    result = {"name": "growth", "value": value, "unit": "CPU-ms an entry", "baseline": baseline}
    print(msgspec.json.encode(result | {"ratio": round(baseline / value, 3), "details": details}).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--entries", type=int, default=6000, help="entries that go through the pipeline (6000)")
    arguments.add_argument("--matched", type=int, default=100, help="entries that are matched (100)")
    arguments.add_argument("--full", action="store_true", help="30,000 entries, 1,000 matched")
    chosen = arguments.parse_args()
    full = chosen.full
    uvloop.run(main(30_000 if full else chosen.entries, 1_000 if full else chosen.matched))
