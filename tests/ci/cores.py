"""Coverage of the cores: the pure modules that pyproject.toml lists, by tests that need no Redis. Prints a table of
branches, the least covered first, and fails where all of them together, or any one of them, falls below its share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]
CONTRACT = "Cores take values"
LEAST = 95.0
"""Percent of the branches of all cores."""
LEAST_OF_ONE = 85.0
"""Of each: a small module falls far by a single branch that cannot be reached."""


class Covered(Struct, frozen=True):
    """`of` counts branches; a module without any counts its lines."""

    path: str
    met: int
    of: int
    missing: str

    @property
    def share(self) -> float:
        return 100 * self.met / self.of if self.of else 100.0


def cores() -> tuple[str, ...]:
    """The modules, and packages, that the contract names."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return tuple(next(one["source_modules"] for one in linter["contracts"] if one["name"].startswith(CONTRACT)))


def measured(words: list[str], folder: Path) -> tuple[int, dict]:
    report = folder / "coverage.json"
    call = [sys.executable, "-m", "pytest", "services", "shared", "-q", "-m", "not (slow or compose or redis)"]
    call += ["--cov=services", "--cov=shared", "--cov-branch", f"--cov-report=json:{report}", *words]
    environment = os.environ | {"COVERAGE_FILE": str(folder / "data")}
    status = subprocess.run(call, cwd=ROOT, env=environment, check=False).returncode
    return status, json.loads(report.read_text())["files"] if report.exists() else {}


def covered(path: str, found: dict) -> Covered:
    total = found["summary"]
    if not total["num_branches"]:
        lines = ", ".join(map(str, found["missing_lines"]))
        return Covered(path, total["covered_lines"], total["num_statements"], lines)
    missing = ", ".join(f"{start}→{end if end > 0 else 'out'}" for start, end in found["missing_branches"])
    return Covered(path, total["covered_branches"], total["num_branches"], missing)


def is_core(path: str, names: tuple[str, ...]) -> bool:
    module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return any(module == name or module.startswith(f"{name}.") for name in names)


def main(words: list[str]) -> int:
    names = cores()
    with tempfile.TemporaryDirectory() as folder:
        status, files = measured(words, Path(folder))
    table = sorted((covered(path, files[path]) for path in files if is_core(path, names)), key=lambda one: one.share)
    if status or not table:
        print("The tests failed: nothing is said of coverage.", file=sys.stderr)
        return status or 1
    for one in table:
        print(f"{one.share:6.1f} %  {one.met:3} of {one.of:3}  {one.path}  {one.missing}".rstrip())
    branches = [files[one.path]["summary"] for one in table]
    whole = 100 * sum(one["covered_branches"] for one in branches) / sum(one["num_branches"] for one in branches)
    print(f"{whole:6.1f} %  of the branches of {len(table)} cores (at least {LEAST} %, {LEAST_OF_ONE} % of each)")
    return int(whole < LEAST or table[0].share < LEAST_OF_ONE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
