"""Over a Redis Cluster of six nodes: a master is killed under a steady flow, its replica takes over, and everything
that was posted rings once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compose.flow import Flow, until
from tests.compose.project import Project, docker, running

pytestmark = [pytest.mark.compose, pytest.mark.docker, pytest.mark.slow]
NODES = ("redis", "redis-2", "redis-3", "redis-4", "redis-5", "redis-6")
ASK = 'REDISCLI_AUTH="$(cat /keys/redis/password)" redis-cli cluster nodes'


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    with running(Project("deploy/compose.cluster.yml")) as project:
        yield project


@pytest.fixture(scope="module")
def flow(project: Project) -> Flow:
    return Flow(project)


def test_a_master_that_is_killed_loses_and_doubles_nothing(project: Project, flow: Flow) -> None:
    assert (len(nodes(project, "master")), len(nodes(project, "slave"))) == (3, 3)
    with flow.posting():
        pass
    flow.check()

    victim = min(nodes(project, "master") - {"redis"})  # `redis` is the one that is asked
    container = project.container(victim)
    with flow.posting():
        docker("kill", container)
        until(lambda: victim not in nodes(project, "master") and len(nodes(project, "master")) == 3)
    flow.check()

    docker("start", container)
    until(lambda: victim in nodes(project, "slave"))
    with flow.posting():
        pass
    flow.check()


def test_the_whole_cluster_comes_back_under_new_addresses(project: Project, flow: Flow) -> None:
    """As after the machine was started anew: the nodes' containers are new, and come in another order."""
    before = addresses(project)
    project("rm", "--stop", "--force", "cluster", *NODES, seconds=180)
    for node in reversed(NODES):
        project("up", "--detach", "--no-deps", node)
    project.up("--no-build")
    assert addresses(project) != before
    until(lambda: nodes(project, "master") | nodes(project, "slave") == {*NODES})
    with flow.posting():
        pass
    flow.check()


def addresses(project: Project) -> dict[str, str]:
    networks = {name: found[0]["NetworkSettings"]["Networks"] for name, found in project.inspect(*NODES).items()}
    return {name: of[f"{project.name}_redis"]["IPAddress"] for name, of in networks.items()}


def nodes(project: Project, role: str) -> set[str]:
    """The host names of the nodes that work in a role, as the first node sees them."""
    lines = [line.split() for line in project("exec", "-T", "redis", "sh", "-c", ASK).splitlines()]
    return {line[1].rpartition(",")[2] for line in lines if role in line[2].split(",") and "fail" not in line[2]}
