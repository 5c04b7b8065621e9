"""Mutation tests: breaks the code in small ways, one at a time, and names what no test noticed.

    ./task mutate -- --module difference --most 40 --seed 1

Cosmic Ray makes the mutants, in an environment of its own; a sample of them, drawn by a seed, is tried in a copy of the
checkout. What survives is a test that is missing, or a change that changes nothing.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.mutation.targets import TARGETS, Target

ROOT = Path(__file__).parents[2]
COSMIC_RAY = "cosmic-ray==8.7.0"
MOST = 40
SURVIVED = "survived"
ENVIRONMENT = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # a mutant made within a second must not meet its original


def copied(to: Path) -> None:
    """The checkout as it stands, without what git ignores."""
    call = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def ray(folder: Path, *words: str) -> str:
    uvx = Path(sys.executable).with_name("uvx")
    call = [str(uvx), "--quiet", "--from", COSMIC_RAY, "cosmic-ray", *words]
    return subprocess.run(call, cwd=folder, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT).stdout


def configured(target: Target, folder: Path) -> None:
    tests = f"{sys.executable} -m pytest -x -q -p no:cacheprovider --hypothesis-seed=0"
    modules = json.dumps(target.files)
    (folder / "ray.toml").write_text(
        f"[cosmic-ray]\nmodule-path = {modules}\ntimeout = {target.seconds}\nexcluded-modules = []\n"
        f"test-command = '{tests} -m \"not (slow or docker)\" {' '.join(target.tests)}'\n"
        "[cosmic-ray.distributor]\nname = 'local'\n"
    )


def annotations(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where types stand, which nothing evaluates."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        part = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if isinstance(part, ast.Name) and part.id == "TypeAlias":
            part = node
        if isinstance(part, ast.AST):
            found.append(((part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)))
    return found


def sampled(folder: Path, most: int, seed: int) -> int:
    """Leaves `most` mutants in the session, at most one of a kind at one place; returns how many there were."""
    with closing(sqlite3.connect(folder / "session.sqlite")) as session:
        columns = "job_id, module_path, operator_name, start_pos_row, start_pos_col"
        rows = session.execute(f"SELECT {columns} FROM mutation_specs ORDER BY 2, 4, 5, 3").fetchall()
        types = {path: annotations(folder / path) for path in {row[1] for row in rows}}
        real = [row for row in rows if not any(start <= row[3:] < end for start, end in types[row[1]])]
        random.Random(seed).shuffle(real)
        kinds = {(path, operator.partition("_")[0], at, column): job for job, path, operator, at, column in real}
        kept = list(kinds.values())[:most]
        marks = ", ".join("?" * len(kept))
        for table in ("mutation_specs", "work_items"):
            session.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({marks})", kept)
        session.commit()
        return len(kinds)


def survivors(folder: Path) -> tuple[Counter[str], list[str]]:
    found: Counter[str] = Counter()
    shown = []
    for line in ray(folder, "dump", "session.sqlite").splitlines():
        _, result = json.loads(line)
        outcome = result["test_outcome"] if result else "untried"
        found[outcome] += 1
        if outcome == SURVIVED:
            shown.append("\n".join(result["diff"].splitlines()[2:]))
    return found, shown


def mutate(name: str, most: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        copied(folder)
        configured(TARGETS[name], folder)
        ray(folder, "baseline", "ray.toml")
        ray(folder, "init", "ray.toml", "session.sqlite")
        of = sampled(folder, most, seed)
        ray(folder, "exec", "ray.toml", "session.sqlite")
        found, shown = survivors(folder)
    for one in shown:
        print(f"--- {name}: no test noticed\n{one}")
    tried = found.total()
    killed = tried - found[SURVIVED]
    print(f"{name}: {killed} of {tried} mutants noticed ({100 * killed / tried:.0f} %), of {of}; seed {seed}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", choices=TARGETS, help="all of them where none is named")
    parser.add_argument("--most", type=int, default=MOST, help="mutants of each")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    for name in [words.module] if words.module else TARGETS:
        mutate(name, words.most, words.seed)


if __name__ == "__main__":
    main()
