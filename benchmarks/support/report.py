"""Runs the benchmarks one after the other and writes docs/benchmarks.md, with the results as JSON and a plot beside it.

Each benchmark is a process of its own that prints one JSON object on its last line, several times over: the table shows
medians and the spread. What is given by name is run again; of the others the results of the last run stand.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
RESULTS = DOCS / "benchmarks.json"
MINUTES = 15
NOTHING_MEASURED = 3
"""The exit status of a benchmark whose peer is not installed here."""


class Limit(Struct, frozen=True):
    """What the project promises of a benchmark's figure."""

    of: str
    """"value" or "ratio"."""
    number: float
    at_most: bool = False

    def held(self, result: dict[str, Any]) -> bool:
        figure = result[self.of]["median"]
        return bool(figure <= self.number if self.at_most else figure >= self.number)

    def __str__(self) -> str:
        return f"{self.of} {'≤' if self.at_most else '≥'} {self.number:g}"


LIMITS = {
    "hop": Limit("ratio", 0.7),
    "latency": Limit("value", 100.0, at_most=True),
    "watch": Limit("ratio", 1.0),
    "parse": Limit("ratio", 0.667),
    "fetch": Limit("ratio", 0.5),
    "enrich": Limit("value", 2000.0),
    "places": Limit("value", 0.835),
    "match": Limit("value", 5.0, at_most=True),
    "push": Limit("ratio", 0.7),
    "webhook": Limit("ratio", 0.83),
    "gateway": Limit("ratio", 0.5),
    "pipeline": Limit("value", 1000.0),
    "growth": Limit("ratio", 0.67),
}


def run(name: str, runs: int) -> dict[str, Any] | None:
    """The medians of some runs, each with its least and highest figure; the details are those of the last."""
    told = []
    for number in range(1, runs + 1):
        started = time.monotonic()
        print(f"{name} {number}/{runs} …", end=" ", flush=True)
        finished = subprocess.run(
            [sys.executable, ROOT / "benchmarks" / f"{name}.py"],
            capture_output=True, text=True, timeout=MINUTES * 60, check=False, cwd=ROOT,
        )  # fmt: skip
        if finished.returncode == NOTHING_MEASURED:
            print(finished.stderr.strip())
            return None
        if finished.returncode:
            raise SystemExit(f"failed:\n{finished.stderr[-3000:]}")
        told.append(last := json.loads(finished.stdout.splitlines()[-1]))
        print(f"{last['value']:g} {last['unit']}, ratio {last['ratio']:g} ({time.monotonic() - started:.0f} s)")
    figures = {
        field: {
            "median": statistics.median(one[field] for one in told),
            "least": min(one[field] for one in told),
            "most": max(one[field] for one in told),
        }
        for field in ("value", "baseline", "ratio")
    }
    return {"unit": told[-1]["unit"], "runs": runs, **figures, "details": told[-1]["details"]}


def about(name: str) -> str:
    """What is measured and how: the script's own words."""
    source = (ROOT / "benchmarks" / f"{name}.py").read_text()
    return source.split('"""')[1].strip()


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, Python {platform.python_version()}"


def written(results: dict[str, dict[str, Any]], at: str, where: str) -> str:
    lines = [
        "# Benchmarks",
        "",
        "`./task bench` runs every script in `benchmarks/` and writes this page. Each measures its baseline in the "
        "same run; `ratio` says how close Livebell comes to it: 1 is equal, more is better. Figures of a shared "
        "machine move; ratios move less.",
        "",
        f"Measured {at} on {where}. Medians, with the least and the highest figure of the runs.",
        "",
        "![Ratios and their limits](benchmarks.svg)",
        "",
        "| | Livebell | baseline | ratio | promised | kept |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, result in results.items():
        limit = LIMITS.get(name)
        kept = "" if limit is None else "yes" if limit.held(result) else "**no**"
        lines.append(
            f"| [{name}](#{name}) | {spread(result['value'])} {result['unit']} | {result['baseline']['median']:g} | "
            f"{spread(result['ratio'])} | {limit or ''} | {kept} |"
        )
    for name, result in results.items():
        lines += ["", f"## {name}", "", about(name), "", "| detail | |", "| --- | --- |"]
        lines += [f"| {key.replace('_', ' ')} | {shown(value)} |" for key, value in result["details"].items()]
    return "\n".join(lines) + "\n"


def spread(figure: dict[str, float]) -> str:
    if figure["least"] == figure["most"]:
        return f"{figure['median']:g}"
    return f"{figure['median']:g} ({figure['least']:g} to {figure['most']:g})"


def shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {shown(part)}" for key, part in value.items())
    if isinstance(value, list):
        return "; ".join(shown(part) for part in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def plot(results: dict[str, dict[str, Any]]) -> str:
    """A bar for each: how many times the promise is kept, on a scale on which 1 is the promise."""
    rows = []
    for name, result in results.items():
        if (limit := LIMITS.get(name)) is not None:
            figure = result[limit.of]["median"]
            rows.append((name, limit.number / figure if limit.at_most else figure / limit.number))
    height = 26 * len(rows) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="640" height="{height}" fill="#fff"/>',
    ]
    for number, (name, times) in enumerate(rows):
        top, width = 10 + 26 * number, min(times, 2.5) * 200
        color = "#2a7a4f" if times >= 1 else "#b3402e"
        parts.append(f'<text x="92" y="{top + 14}" text-anchor="end" fill="#222">{name}</text>')
        parts.append(f'<rect x="100" y="{top}" width="{width:.0f}" height="18" fill="{color}"/>')
        inside = f'x="{width + 92:.0f}" text-anchor="end" fill="#fff"'
        outside = f'x="{width + 106:.0f}" fill="#222"'
        parts.append(f'<text {inside if width > 60 else outside} y="{top + 14}">{times:.2f} ×</text>')
    parts.append(f'<line x1="300" y1="4" x2="300" y2="{height - 30}" stroke="#222" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="300" y="{height - 12}" text-anchor="middle" fill="#222">what is promised</text></svg>')
    return "\n".join(parts) + "\n"


def main() -> None:
    names = [path.stem for path in sorted((ROOT / "benchmarks").glob("*.py"))]
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("names", nargs="*", help=f"which to run (all of {', '.join(names)})")
    arguments.add_argument("--runs", type=int, default=1, help="how often each is run (1)")
    chosen = arguments.parse_args()
    if unknown := set(chosen.names) - set(names):
        raise SystemExit(f"There is no benchmark {', '.join(sorted(unknown))}: there are {', '.join(names)}.")
    kept = json.loads(RESULTS.read_text())["results"] if RESULTS.exists() else {}
    found = kept | {name: told for name in chosen.names or names if (told := run(name, chosen.runs))}
    results = {name: found[name] for name in (*LIMITS, *names) if name in found}
    at, where = f"{datetime.now(UTC):%Y-%m-%d}", machine()
    RESULTS.write_text(json.dumps({"at": at, "machine": where, "results": results}, indent=1) + "\n")
    (DOCS / "benchmarks.md").write_text(written(results, at, where))
    (DOCS / "benchmarks.svg").write_text(plot(results))
    missed = [name for name, result in results.items() if name in LIMITS and not LIMITS[name].held(result)]
    print(f"docs/benchmarks.md is written; {'not kept: ' + ', '.join(missed) if missed else 'all promises are kept'}.")


if __name__ == "__main__":
    main()
