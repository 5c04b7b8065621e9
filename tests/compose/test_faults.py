"""Faults on purpose, in containers: under a steady flow each is met in turn, and everything that was posted must ring
once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.compose.flow import Flow, until
from tests.compose.project import Project, docker, running
from tests.stack import SERVICES

pytestmark = [pytest.mark.compose, pytest.mark.docker, pytest.mark.slow]
PAUSE_SECONDS = 30
CUT_SECONDS = 15
REPLICAS = 3


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    with running(Project()) as project:
        yield project


@pytest.fixture(scope="module")
def flow(project: Project) -> Flow:
    return Flow(project)


@pytest.mark.parametrize("victim", [*SERVICES, "redis"])
def test_killing_a_container_loses_and_doubles_nothing(project: Project, flow: Flow, victim: str) -> None:
    container = project.container(victim)
    with flow.posting():
        docker("kill", container)
        down = len(flow.posted)
        if victim == "gateway":
            until(lambda: len(flow.posted) > down + 2)
        docker("start", container)
        until(lambda: healthy(project, victim))
    flow.check()


def test_a_pause_of_redis_is_sat_out(project: Project, flow: Flow) -> None:
    container = project.container("redis")
    with flow.posting():
        docker("pause", container)
        time.sleep(PAUSE_SECONDS)  # the pause itself, not a wait for something
        docker("unpause", container)
    flow.check()
    until(lambda: all(healthy(project, service) for service in SERVICES))


@pytest.mark.parametrize("service", ["fetcher", "parser", "enricher", "notifier"])
def test_a_service_that_is_cut_off_from_redis_goes_on_afterwards(project: Project, flow: Flow, service: str) -> None:
    network, container = f"{project.name}_redis", project.container(service)
    with flow.posting():
        docker("network", "disconnect", network, container)
        time.sleep(CUT_SECONDS)  # the cut itself
        docker("network", "connect", "--alias", service, network, container)
    flow.check()
    until(lambda: healthy(project, service))


@pytest.mark.parametrize("service", SERVICES)
def test_three_of_a_service_share_its_work(project: Project, flow: Flow, service: str) -> None:
    with flow.posting():
        project.up("--no-recreate", "--no-deps", "--scale", f"{service}={REPLICAS}", services=(service,))
        assert len(project.inspect(service)[service]) == REPLICAS
    flow.check()
    with flow.posting():
        project.up("--no-recreate", "--no-deps", "--scale", f"{service}=1", services=(service,))
    flow.check()


def healthy(project: Project, service: str) -> bool:
    return all(
        found["State"].get("Health", {}).get("Status") == "healthy" for found in project.inspect(service)[service]
    )
