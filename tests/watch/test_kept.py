"""What is made from other files is up to date, and every alert, entry and link finds its other end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from livebell.commands.config import settings_of
from livebell.commands.run import SERVICES

ROOT = Path(__file__).parents[2]
BOARDS = sorted((ROOT / "deploy/grafana/boards").glob("*.json"))
RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
OF_THE_IMAGE = {
    "LIVEBELL_HOST",
    "LIVEBELL_PORT",
    "LIVEBELL_CONSUMER",
    # Files, which an overlay mounts and names: docs/operating.md.
    "LIVEBELL_SOURCES_FILE",
    "LIVEBELL_URGENCY_TABLE",
    "LIVEBELL_SPACY_MODEL",
}
"""What the image says, or a replica finds out, and Compose does not hand on."""
UIDS = {path.stem for path in BOARDS}


def run(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def alerts() -> dict[str, dict[str, Any]]:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def entries() -> list[str]:
    return re.findall(r"^## (\w+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)


def panels(board: Path) -> list[dict[str, Any]]:
    return [panel for panel in json.loads(board.read_text())["panels"] if panel["type"] != "row"]


def test_the_boards_are_what_the_code_makes(tmp_path: Path) -> None:
    run("deploy/grafana/make.py", str(tmp_path))
    assert {path.name: path.read_text() for path in BOARDS} == {p.name: p.read_text() for p in tmp_path.iterdir()}


def test_the_list_of_metrics_is_what_the_code_has() -> None:
    assert run("deploy/metrics_table.py") == (ROOT / "docs/metrics.md").read_text()


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_board_keeps_its_uid_and_its_form(path: Path) -> None:
    raw = json.loads(path.read_text())
    assert raw["uid"] == path.stem
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(raw)))
    assert again == raw
    ids = [panel["id"] for panel in raw["panels"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_panel_says_what_it_shows_in_what_unit(path: Path) -> None:
    for panel in panels(path):
        if panel["type"] == "text":
            continue
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        for query in panel["targets"]:
            assert query["legendFormat"] or panel["type"] == "stat", panel["title"]


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_link_to_the_runbook_leads_to_the_entry_that_it_names(path: Path) -> None:
    shown = {panel["id"]: panel["title"] for panel in panels(ROOT / "deploy/grafana/boards/livebell-runbook.json")}
    for panel in panels(path):
        for link in panel.get("links", ()):
            if link["title"].startswith("Runbook: "):
                number = int(link["url"].removeprefix("/d/livebell-runbook?viewPanel="))
                assert shown[number] == link["title"].removeprefix("Runbook: ")
        for url in re.findall(r"\]\((/d/[^)]+)\)", (panel["options"] or {}).get("content", "")):
            uid, number = re.fullmatch(r"/d/([\w-]+)\?viewPanel=(\d+)", url).groups()
            assert uid in UIDS
            assert int(number) in shown


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_reaches_its_container(service: str) -> None:
    """Compose hands on what it names alone: a variable that is missing there would be set in vain."""
    given = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][service]["environment"]
    named = {name.removesuffix("_FILE") for name in given}
    assert {row["variable"] for row in settings_of((service,))} - named <= OF_THE_IMAGE
    assert not named & OF_THE_IMAGE


def test_every_alert_has_an_entry_and_every_entry_an_alert() -> None:
    assert set(entries()) == set(alerts())
    for name, rule in alerts().items():
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (ROOT / file).exists()
        assert anchor == name.lower()
        assert rule["labels"]["severity"] in {"page", "ticket", "none"}


def test_every_entry_says_what_it_means_where_to_look_and_what_to_do() -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    for name, body in zip(entries(), re.split(r"^## \w+$", text, flags=re.MULTILINE)[1:], strict=True):
        for part in ("**Means.** ", "**Look.** ", "**Do.** "):
            assert part in body, name


def test_every_link_within_the_runbook_leads_to_an_entry() -> None:
    anchors = {name.lower() for name in entries()}
    assert set(re.findall(r"\]\(#(\w+)\)", (ROOT / "docs/runbook.md").read_text())) <= anchors


def test_every_log_query_asks_for_an_event_that_is_logged() -> None:
    code = "".join(path.read_text() for folder in ("shared", "services", "livebell") for path in _code(folder))
    logged = {name for found in re.findall(r'"([a-z_]+\.[a-z_{}]+)"', code) for name in [found]}
    logged |= {f"source.{change}" for change in ("failing", "recovered", "silent")}
    asked = set(re.findall(r"`logs \w+ ([a-z_.]+)`", (ROOT / "docs/runbook.md").read_text()))
    for board in BOARDS:
        titles = [link["title"] for panel in panels(board) for link in panel.get("links", ())]
        asked |= {title.removeprefix("Logs: ") for title in titles if title.startswith("Logs: ")}
    assert asked
    assert asked <= logged


def test_every_alert_is_seen_to_fire_in_a_test() -> None:
    tests = [
        case
        for f in (ROOT / "deploy/prometheus/tests").glob("*.yml")
        for case in yaml.safe_load(f.read_text())["tests"]
    ]
    fired = {
        re.search(r'alertname="(\w+)"', query["expr"])[1]
        for case in tests
        for query in case["promql_expr_test"]
        if query["exp_samples"]
    }
    assert fired == set(alerts())


def test_every_metric_that_a_rule_or_a_board_names_exists() -> None:
    known = set(re.findall(r"^\| `(\w+)` \| (\w+)", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE))
    names = {name for name, _ in known}
    names |= {f"{name}_{part}" for name, kind in known if kind == "histogram" for part in ("bucket", "count", "sum")}
    asked = {name for query in queries() for name in re.findall(r"\blivebell_[a-z_]+", query)}
    assert asked - names == set()


def queries() -> Iterator[str]:
    for file in RULES:
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from (str(rule["expr"]) for rule in group["rules"])
    for board in BOARDS:
        for panel in panels(board):
            yield from (query["expr"] for query in panel.get("targets", ()))


def _code(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*.py") if "tests" not in path.parts]
