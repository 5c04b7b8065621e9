"""A rolling upgrade from the images of an earlier commit (LIVEBELL_BEFORE; the last but twenty of the main line if not
set): old and new services side by side under a steady flow, one replaced after the other, and back again."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import require_docker
from livebell.installation_keys import REDIS_PASSWORD
from tests.compose.flow import Flow
from tests.compose.project import ROOT, UP_SECONDS, Project, docker, running
from tests.stack import SERVICES

pytestmark = [pytest.mark.compose, pytest.mark.docker, pytest.mark.slow]
BEFORE = os.environ.get("LIVEBELL_BEFORE", "HEAD~20")
TAG = f"test-{os.getpid()}"
ORDER = ("gateway", "notifier", "enricher", "parser", "fetcher")
"""Who reads comes before who writes: a message of the newer version then finds a reader that knows it."""


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    require_docker()
    build_before(BEFORE)
    try:
        with running(Project()) as project:
            yield project
    finally:
        docker("image", "rm", "--force", *(image(service) for service in SERVICES))


def test_old_and_new_run_side_by_side_and_nothing_is_lost_or_doubled(project: Project) -> None:
    before = before_of(project)
    before.up("--no-build", "--no-deps", services=SERVICES)
    assert running_images(project) == {service: image(service) for service in SERVICES}
    flow = Flow(project)
    for service in ORDER:
        with flow.posting():
            project.up("--no-build", "--no-deps", services=(service,))
        flow.check()
    assert not any(name.startswith("livebell-before") for name in running_images(project).values())
    back = [service for service in reversed(ORDER) if service != "gateway"]  # in its container the check runs
    with flow.posting():  # as an operator does who does not like the new one
        before.up("--no-build", "--no-deps", services=tuple(back))
    flow.check()


def before_of(project: Project) -> Project:
    """The same project with the services of the earlier commit."""
    password = project("exec", "-T", "gateway", "cat", f"/keys/{REDIS_PASSWORD}").strip()
    address = f"redis://:{password}@redis:6379/0"
    environment = {**project.environment, "BEFORE_TAG": TAG, "BEFORE_REDIS_URL": address}
    return Project("tests/compose/before.yml", environment=environment, name=project.name)


def image(service: str) -> str:
    return f"livebell-before-{service}:{TAG}"


def running_images(project: Project) -> dict[str, str]:
    return {name: str(found[0]["Config"]["Image"]) for name, found in project.inspect(*SERVICES).items()}


def build_before(commit: str) -> None:
    """The images as that commit itself builds them."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
        if archive.returncode:
            pytest.skip(f"no commit {commit} here: {archive.stderr.decode().strip()}")
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        for service in SERVICES:
            subprocess.run(
                [
                    "docker",
                    "build",
                    "-q",
                    "-f",
                    "deploy/Dockerfile",
                    "--build-arg",
                    f"SERVICE={service}",
                    "-t",
                    image(service),
                    ".",
                ],
                cwd=Path(folder),
                check=True,
                capture_output=True,
                timeout=UP_SECONDS,
            )
