"""Writes docs/reliability.md, with what every soak that was kept came to as JSON beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.support.report import machine
from tests.soak.run import ENOUGH_ON_TIME, GROWTH, PROMISED_SECONDS, RECOVERY_SECONDS, Verdict

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = DOCS / "reliability.json"
HEAD = f"""# Reliability

What is promised: an entry that was seen on a page is told to each whom it concerns, once inside Livebell; at the edge a
delivery may be repeated under the id that it had. Nothing that waits is lost by a crash of any part.

## How it is tried

`./task soak` runs the five services as processes of their own over an own server for half an hour: forty live blogs are
written to, and faults come one after the other from a plan that its seed decides. `--seed` plays the same plan again,
`--keep` adds the run to this page. Beside it stands a ledger that knows nothing of Livebell: when each entry was
posted, when its alert came, under which ids.

| fault | what is done |
| --- | --- |
| kill | SIGKILL to a service or to the server |
| pause | SIGSTOP, then SIGCONT |
| cut | every connection to the server breaks, again and again |
| clock | a service's clock jumps, by a minute to a day, either way (libfaketime) |
| memory | the server is out of memory |
| disk | the server's disk is full |
| away | the pages, or the endpoint, answer 503 |

A run fails if an entry is lost, is told twice in the streams or comes under two ids, if a request does not verify, if
anything becomes a dead letter, if fewer than {ENOUGH_ON_TIME:.0%} of the entries seen in quiet times come within
{PROMISED_SECONDS:g} s, or if the memory or the file handles of a service in the last third are above {GROWTH:g} times
those of the second. Quiet is what lies {RECOVERY_SECONDS:g} s behind a fault, longer behind an endpoint that was away.

A short soak is part of `./task test`. Single faults are tried in `tests/faults` (a service or the server killed in the
middle of a hop or a fan-out, endpoints away, clocks that jump: `./task test:slow`), and on containers in
`tests/compose` (each container killed, pauses, cut networks, a node of a cluster killed, a rolling upgrade:
`./task test:compose`).
"""


def keep(verdict: Verdict, rate: float) -> None:
    """Adds a run to those that the page tells of; one of the same plan gives way to it."""
    runs: list[dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    told = verdict.told() | {"rate": rate, "at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine()}
    told["failed"] = verdict.faults_found
    same = ("seed", "seconds", "rate")
    runs = [one for one in runs if [one[field] for field in same] != [told[field] for field in same]]
    runs.append(told)
    RESULTS.write_text(json.dumps(runs, indent=1) + "\n")
    (DOCS / "reliability.md").write_text(written(runs))


def written(runs: list[dict[str, Any]]) -> str:
    lines = [
        HEAD,
        "## What came of it",
        "",
        "| seed | minutes | entries a second | faults | posted | lost | doubled | repeated under one id | in time | "
        "p50 | p99 | failed |",
        "| --- " * 12 + "|",
    ]
    lines += [_row(one) for one in runs]
    for one in runs:
        lines += ["", f"### Seed {one['seed']}, {one['seconds'] / 60:g} minutes", ""]
        lines.append(f"{one['at']}, {one['machine']}. Faults: {_counted(one['faults'])}.")
        if one["lost_after"]:
            lines.append(f"Lost, by the fault before they were posted: {_counted(one['lost_after'])}.")
        if one["late_after"]:
            lines.append(f"Late in quiet times, by the fault before: {_counted(one['late_after'])}.")
        if one["growth"]:
            grown = ", ".join(f"{name} {mb:g} and {handles:g}" for name, (mb, handles) in one["growth"].items())
            lines.append(f"Memory and handles, last third over second: {grown}.")
    return "\n".join(lines) + "\n"


def _row(one: dict[str, Any]) -> str:
    cells = (
        one["seed"],
        f"{one['seconds'] / 60:g}",
        f"{one['rate']:g}",
        sum(one["faults"].values()),
        f"{one['posted']:,}",
        one["lost"],
        one["doubled"],
        one["repeated_under_one_id"],
        f"{one['on_time']:.2%}",
        f"{one['p50_seconds'] * 1000:.0f} ms",
        f"{one['p99_seconds'] * 1000:.0f} ms",
        "; ".join(one["failed"]) or "nothing",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))
