"""Every query of every board and rule, asked of the Prometheus that Compose runs: each gives data, or stands in
`tests/watch/test_queries.py` with the reason why a healthy system has none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.compose.flow import Flow, until
from tests.compose.project import Project, call, running
from tests.receivers import PushService
from tests.watch.test_queries import board_queries, excused, rule_queries

pytestmark = [pytest.mark.compose, pytest.mark.docker, pytest.mark.slow]
OUTSIDE = "http://outside:9000"
RATE_INTERVAL = "40s"  # what Grafana makes of the datasource's timeInterval of 10 s
SECONDS = 180.0
ASK = """
import json, urllib.parse, urllib.request
answers = {{}}
for query in json.loads({queries!r}):
    form = urllib.parse.urlencode({{"query": query}}).encode()
    with urllib.request.urlopen("http://prometheus:9090/api/v1/query", form, timeout=10) as answer:
        answers[query] = json.load(answer)["data"]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    with running(Project()) as project:
        yield project


def test_every_query_of_boards_and_rules_gives_data_in_compose(project: Project) -> None:
    flow = Flow(project)
    for channel, more in (
        ({"type": "webhook", "url": f"{OUTSIDE}/hook"}, {"max_per_hour": 1000}),
        ({"type": "webhook", "url": f"{OUTSIDE}/broken"}, {}),
        ({"type": "webpush", "endpoint": f"{OUTSIDE}/push", "keys": PushService().keys()}, {}),
    ):
        call(f"{project.gateway}/api/v1/subscriptions", {"channel": channel, **more})
    asked = board_queries(RATE_INTERVAL) | rule_queries()
    empty: dict[str, str] = {}

    def all_give() -> bool:
        call(f"{project.gateway}/api/v1/entries")  # a reader, without whom no route has a time
        found = ask(project, sorted({query for query in asked.values() if not excused(query)}))
        empty.clear()
        empty.update({name: query for name, query in asked.items() if query in found and not found[query]})
        return not empty

    with flow.posting():
        until(all_give, lambda: json.dumps(empty, indent=1), seconds=SECONDS)
    ask(project, sorted({query for query in asked.values() if excused(query)}))  # an error of one of them raises
    until(lambda: alerts(project) == {"LivebellWatchdog"}, lambda: alerts(project))


def alerts(project: Project) -> set[str]:
    """What fires, or would if it went on: with all well nothing but the dead man's switch."""
    return {one["metric"]["alertname"] for one in ask(project, ["ALERTS"])["ALERTS"]}


def ask(project: Project, queries: list[str]) -> dict[str, list[Any]]:
    """The samples that each query gives, those that are no number left out."""
    answers = json.loads(project.python("gateway", ASK.format(queries=json.dumps(queries))))
    return {
        query: [data["result"]]
        if data["resultType"] == "scalar"
        else [one for one in data["result"] if one.get("value", (0, "0"))[1] != "NaN"]
        for query, data in answers.items()
    }
