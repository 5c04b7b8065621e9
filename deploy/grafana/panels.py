"""What a panel is made of: its queries with legends, its unit and thresholds, and where to go on from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as options, dashboard as models

METRICS = models.DataSourceRef(type_val="prometheus", uid="livebell-prometheus")
LOGS_UID = "livebell-loki"
"""A Loki of the operator's, where there is one; without it the panel's description says how to read the logs."""
RUNBOOK_UID = "livebell-runbook"
GREEN, AMBER, RED = "green", "orange", "red"
SECONDS, PER_SECOND, SHARE, BYTES, COUNT = "s", "cps", "percentunit", "bytes", "short"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`queries` are (PromQL, legend). `limits` are the values from which it is amber and red. `alert` is the runbook's
    entry that belongs to it, `logs` the service and event whose lines tell more."""

    title: str
    queries: Sequence[tuple[str, str]]
    tells: str
    unit: str = COUNT
    kind: str = "lines"
    limits: tuple[float | None, float | None] = (None, None)
    worse_below: bool = False
    alert: str = ""
    logs: tuple[str, str] = ("", "")
    width: int = 12
    height: int = 8
    stacked: bool = False
    nothing: str = ""
    """What is shown where there is no data, if a healthy system has none."""


def built(panel: Panel, number: int, entries: Sequence[str]) -> Builder[models.Panel]:
    """`entries` are the runbook's, in its order."""
    made = {"lines": _lines, "stat": _stat, "table": _table}[panel.kind](panel)
    made.id(number).title(panel.title).description(_description(panel)).datasource(METRICS).unit(panel.unit)
    made.thresholds(_thresholds(panel)).span(panel.width).height(panel.height).links(_links(panel, entries))
    if panel.nothing:
        made.no_value(panel.nothing)
    for at, (expression, legend) in enumerate(panel.queries):
        query = prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(chr(ord("A") + at))
        if panel.kind == "table":
            query.instant().format("table")
        made.with_target(query)
    return made


def runbook_url(entries: Sequence[str], alert: str) -> str:
    return f"/d/{RUNBOOK_UID}?viewPanel={entries.index(alert) + 1}"


def logs_url(service: str, event: str) -> str:
    """Explore, with the query for Loki; services are told apart by their label of Compose's."""
    pane = {
        "datasource": LOGS_UID,
        "queries": [{"refId": "A", "expr": f'{{compose_service="{service}"}} | json | event=`{event}`'}],
        "range": {"from": "now-1h", "to": "now"},
    }
    return f"/explore?schemaVersion=1&orgId=1&panes={quote(json.dumps({'logs': pane}))}"


def _links(panel: Panel, entries: Sequence[str]) -> list[Builder[models.DashboardLink]]:
    found: list[Builder[models.DashboardLink]] = []
    if panel.alert:
        found.append(dashboard.DashboardLink(f"Runbook: {panel.alert}").url(runbook_url(entries, panel.alert)))
    if panel.logs[0]:
        found.append(dashboard.DashboardLink(f"Logs: {panel.logs[1]}").url(logs_url(*panel.logs)))
    return found


def _description(panel: Panel) -> str:
    service, event = panel.logs
    if not service:
        return panel.tells
    command = f"docker compose logs --no-log-prefix --since 1h {service} | jq -c 'select(.event == \"{event}\")'"
    return f"{panel.tells}\n\nLogs: `{command}`"


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    amber, red = panel.limits
    first, last = (RED, GREEN) if panel.worse_below else (GREEN, RED)
    steps = [models.Threshold(value=None, color=first)]
    if amber is not None:
        steps.append(models.Threshold(value=amber, color=AMBER))
    if red is not None:
        steps.append(models.Threshold(value=red, color=last))
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _lines(panel: Panel) -> timeseries.Panel:
    legend = (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(options.LegendDisplayMode.TABLE)
        .placement(options.LegendPlacement.BOTTOM)
        .calcs(["mean", "max", "lastNotNull"])
    )
    tooltip = common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING)
    made = timeseries.Panel().legend(legend).tooltip(tooltip).line_width(1).fill_opacity(8).axis_soft_min(0)
    made.show_points(options.VisibilityMode.NEVER)
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL)).fill_opacity(40)
    if panel.limits != (None, None):
        made.thresholds_style(common.GraphThresholdsStyleConfig().mode(options.GraphTresholdsStyleMode.DASHED))
    return made


def _stat(_: Panel) -> stat.Panel:
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    return (
        stat.Panel()
        .reduce_options(last)
        .color_mode(options.BigValueColorMode.BACKGROUND)
        .graph_mode(options.BigValueGraphMode.AREA)
        .text_mode(options.BigValueTextMode.AUTO)
    )


def _table(panel: Panel) -> table.Panel:
    hidden = dict.fromkeys(("Time", "__name__", "instance", "job", "exported_job"), True)
    merge = models.DataTransformerConfig(id_val="merge", options={})
    organize = models.DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": hidden,
            "renameByName": {
                "Value" if len(panel.queries) == 1 else f"Value #{chr(ord('A') + at)}": legend
                for at, (_, legend) in enumerate(panel.queries)
            },
        },
    )
    return table.Panel().with_transformation(merge).with_transformation(organize)
