"""Measures the containers: image sizes, start times, resident memory idle and under load, as a Markdown table.

    .venv/bin/python -m tests.compose.measure [--before COMMIT]

Memory is what `docker stats` says; under load a blog posts ten entries a second for a minute and all of them ring. A
start ends when the service is ready, its consumers running.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime

from tests.compose import flow as flows
from tests.compose.flow import Flow
from tests.compose.project import WITHOUT_GRAFANA, Project, docker, running
from tests.stack import SERVICES

LOAD_SECONDS = 60
LOAD_POST_SECONDS = 0.1
SETTLE_SECONDS = 20
MEASURED = tuple(service for service in (*SERVICES, "redis", *WITHOUT_GRAFANA[len(SERVICES) :]) if service != "outside")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", help="A commit whose images' sizes and start times are shown beside.")
    before = parser.parse_args().before
    with running(Project()) as project:
        time.sleep(SETTLE_SECONDS)
        sizes, starts, idle = image_sizes(project), start_seconds(project), resident(project)
        loaded = under_load(project)
    old_sizes, old_starts = of_before(before) if before else ({}, {})
    rows = [
        (
            name,
            old_sizes.get(name, ""),
            sizes[name],
            old_starts.get(name, ""),
            starts.get(name, ""),
            idle[name],
            loaded[name],
        )
        for name in MEASURED
    ]
    print("| | image before, MB | image, MB | start before, s | start, s | idle, MiB | under load, MiB |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(f"| all | | | | | {sum(idle.values())} | {sum(loaded.values())} |")


def image_sizes(project: Project) -> dict[str, int]:
    images = {name: found[0]["Image"] for name, found in project.inspect(*MEASURED).items()}
    return {name: round(json.loads(docker("image", "inspect", of))[0]["Size"] / 1e6) for name, of in images.items()}


def start_seconds(project: Project) -> dict[str, float]:
    """From the start of the container to the service's own word that it has started."""
    found = {}
    for name, [container] in project.inspect(*SERVICES).items():
        began = datetime.fromisoformat(container["State"]["StartedAt"])
        said = project("logs", "--no-log-prefix", "--timestamps", name).splitlines()
        started = next((line for line in said if "service.started" in line), None)
        if started:
            found[name] = round((datetime.fromisoformat(started.split()[0]) - began).total_seconds(), 1)
    return found


def resident(project: Project) -> dict[str, int]:
    names = {found[0]["Name"].removeprefix("/"): name for name, found in project.inspect(*MEASURED).items()}
    told = docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *names).splitlines()
    return {names[line.split()[0]]: round(_mebibytes(line.split()[1])) for line in told}


def under_load(project: Project) -> dict[str, int]:
    """The most that each took in that time."""
    flows.POST_SECONDS = LOAD_POST_SECONDS
    flow, most = Flow(project), resident(project)
    end = time.monotonic() + LOAD_SECONDS
    with flow.posting():
        while time.monotonic() < end:
            now = resident(project)
            most = {name: max(most[name], now[name]) for name in most}
    flow.check()
    return most


def of_before(commit: str) -> tuple[dict[str, int], dict[str, float]]:
    from tests.compose.test_upgrade import before_of, build_before

    build_before(commit)
    with running(Project()) as project:
        before = before_of(project)
        before.up("--no-build", "--no-deps", services=SERVICES)
        return image_sizes(before), start_seconds(before)


def _mebibytes(shown: str) -> float:
    units = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}
    return float(shown[:-3]) * units[shown[-3:]]


if __name__ == "__main__":
    main()
