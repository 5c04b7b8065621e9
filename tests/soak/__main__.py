"""A soak: Livebell under a steady load while faults are done to it, and a ledger that says what became of every entry.

    ./task soak                           30 minutes, a seed of its own
    ./task soak -- --minutes 2 --seed 7   the same faults again
    ./task soak -- --keep                 and docs/reliability.md tells of it

It proves, or disproves: every entry that was posted is told, each under one id; nothing is doubled in the streams; in
quiet times alerts come in time; memory and file handles do not grow.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path

import uvloop

from tests.soak.report import keep
from tests.soak.run import soak


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=30.0, help="how long entries are posted (30)")
    arguments.add_argument("--rate", type=float, default=50.0, help="entries a second (50)")
    arguments.add_argument("--seed", type=int, help="of the faults; one is drawn where none is given")
    arguments.add_argument("--keep", action="store_true", help="add the run to docs/reliability.md")
    chosen = arguments.parse_args()
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    with tempfile.TemporaryDirectory() as folder:
        verdict = uvloop.run(soak(Path(folder), seed=seed, seconds=chosen.minutes * 60, rate=chosen.rate, told=print))
    print(json.dumps(verdict.told(), indent=1))
    if chosen.keep:
        keep(verdict, chosen.rate)
    if verdict.faults_found:
        raise SystemExit("; ".join(verdict.faults_found))


if __name__ == "__main__":
    main()
