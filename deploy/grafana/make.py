"""Writes the boards as JSON for Grafana: .venv/bin/python deploy/grafana/make.py [FOLDER]

The runbook becomes a board too, a panel for each entry, so that a link from a panel works wherever Grafana runs.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from content import BOARDS
from content.parts import Board
from grafana_foundation_sdk.builders import dashboard, text
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.text import TextMode
from panels import RUNBOOK_UID, built, runbook_url

HERE = Path(__file__).parent
RUNBOOK = HERE.parent.parent / "docs" / "runbook.md"
WIDTH = 24
ROW_IDS = 1000


def runbook() -> dict[str, str]:
    """The runbook's entries by alert, in its order."""
    parts = re.split(r"^## (\w+)$", RUNBOOK.read_text(), flags=re.MULTILINE)
    bodies = (re.sub(r"^# .*$", "", body, flags=re.MULTILINE).strip() for body in parts[2::2])
    return dict(zip(parts[1::2], bodies, strict=True))


def board_json(board: Board, entries: list[str]) -> str:
    made = _empty(board.uid, board.title, board.tells)
    number = 0
    for at, row in enumerate(board.rows, ROW_IDS):
        made.with_row(dashboard.Row(row.title).id(at))
        for panel in row.panels:
            number += 1
            made.with_panel(built(panel, number, entries))
    return _json(made)


def runbook_json(entries: dict[str, str]) -> str:
    made = _empty(RUNBOOK_UID, "Livebell: runbook", "One entry for each alert; made from docs/runbook.md.")
    names = list(entries)
    for number, (name, body) in enumerate(entries.items(), 1):
        linked = re.sub(r"\]\(#(\w+)\)", lambda to: f"]({runbook_url(names, _named(names, to[1]))})", body)
        panel = text.Panel().id(number).title(name).mode(TextMode.MARKDOWN).content(linked)
        made.with_panel(panel.span(WIDTH // 2).height(8))
    return _json(made)


def _named(names: list[str], anchor: str) -> str:
    return next(name for name in names if name.lower() == anchor)


def _empty(uid: str, title: str, tells: str) -> dashboard.Dashboard:
    others = dashboard.DashboardLink("Livebell").type(models.DashboardLinkType.DASHBOARDS).tags(["livebell"])
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(tells)
        .tags(["livebell"])
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .time("now-3h", "now")
        .refresh("10s")
        .timezone("browser")
        .link(others.as_dropdown(True).keep_time(True))
    )


def _json(made: dashboard.Dashboard) -> str:
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(made.build()) + "\n"


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    entries = runbook()
    for board in BOARDS:
        (folder / f"{board.uid}.json").write_text(board_json(board, list(entries)))
    (folder / f"{RUNBOOK_UID}.json").write_text(runbook_json(entries))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "boards")
