"""What the documents name exists: links, headings, files, tests, and the commands and options of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from livebell.cli import main

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]

FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
ROOMS = ("services", "shared", "tests", "livebell", "deploy", "docs", "benchmarks", ".ci")
FILE = re.compile(rf"(?:{'|'.join(map(re.escape, ROOMS))})/[\w./-]+")
TEST = re.compile(r"test_\w+")
COMMAND = re.compile(r"(?<![\w./-])(?:\.venv/bin/)?livebell((?: +[^\s|#;&`]+)+)")
TASK = re.compile(r"\./task +([a-z][a-z:]*)")


def anchors(markdown: str) -> set[str]:
    """As a forge makes them of headings: lower case, without punctuation, hyphens for spaces."""
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(markdown)}


def prose(document: Path) -> str:
    return FENCED.sub("", document.read_text())


def broken_links(document: Path) -> Iterator[str]:
    for address in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", address):
            continue
        path, _, anchor = address.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(prose(target))):
            yield address


def files_that_are_named(document: Path) -> set[str]:
    return {word for word in CODE.findall(prose(document)) if FILE.fullmatch(word)}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    assert list(broken_links(ROOT / name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert [path for path in files_that_are_named(ROOT / name) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("section", FENCED.sub("", (ROOT / "docs/security.md").read_text()).split("\n### ")[1:])
def test_a_claim_of_security_names_tests_of_the_files_beside_it(section: str) -> None:
    words = CODE.findall(section)
    files = [ROOT / word for word in words if FILE.fullmatch(word) and Path(word).name.startswith("test_")]
    written = {test for file in files for test in re.findall(r"def (test_\w+)", file.read_text())}
    assert [word for word in words if TEST.fullmatch(word) and word not in written] == []
    rows = [row for row in section.splitlines() if row.startswith("| ") and not row.startswith("| |")]
    assert [row for row in rows if not TEST.search(row) and "---" not in row] == []


def shown_commands() -> Iterator[tuple[str, str]]:
    for name in NAMES:
        text = (ROOT / name).read_text().replace("\\\n", " ")
        shown = [code for code in CODE.findall(FENCED.sub("", text)) if code.startswith("livebell ")]
        for block in FENCED.findall(text):
            if block.startswith("```sh"):
                shown += [f"livebell{found}" for found in COMMAND.findall(block)]
        yield from ((name, code) for code in shown)


@pytest.mark.parametrize(("name", "shown"), sorted(set(shown_commands())))
def test_every_command_that_is_shown_is_one(name: str, shown: str) -> None:
    """A word that is no subcommand, or an option that its command does not have, is a slip of the pen."""
    command: click.Command = main
    for word in shown.split()[1:]:
        if word.startswith("--"):
            known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
            assert word.partition("=")[0] in known | {"--help", "--version"}, f"{name}: {shown}"
        elif isinstance(command, click.Group) and word != "…":
            found = [command.get_command(click.Context(command), choice) for choice in word.split("|")]
            assert None not in found, f"{name}: {shown}"
            command = found[0] or command


def test_every_task_that_is_shown_is_one() -> None:
    known = set(yaml.safe_load((ROOT / "Taskfile.yml").read_text())["tasks"])
    shown = {task for name in NAMES for task in TASK.findall((ROOT / name).read_text())}
    assert {task.rstrip(":") for task in shown} - known == set()
