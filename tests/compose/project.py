"""A Compose project of a test's own, on free ports of loopback, called as an operator calls it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conftest import require_docker
from tests.stack import SERVICES, free_ports

ROOT = Path(__file__).parents[2]
TOKEN = "operator-token-of-this-test"
UP_SECONDS = 900
WITHOUT_GRAFANA = (*SERVICES, "canary", "prometheus", "alertmanager", "outside")
"""Grafana has no image that a machine without a registry could make; all the rest is started."""


class Project:
    def __init__(
        self, *overlays: str, environment: Mapping[str, str] | None = None, name: str = "", also: Sequence[str] = ()
    ) -> None:
        """`also` are overlays of the test's own, after that of what lies outside."""
        port = free_ports(4)
        self.outside = f"http://127.0.0.1:{port + 3}"
        self.name = name or f"livebell-test-{os.getpid()}"
        files = ["docker-compose.yml", *overlays, "tests/compose/outside.yml", *also]
        self._command = ["docker", "compose", "-p", self.name, *(word for file in files for word in ("-f", file))]
        self.environment = {
            **os.environ,
            "LIVEBELL_PORT": f"{port}-{port + 2}",  # as many as there may be gateways
            "OUTSIDE_PORT": str(port + 3),
            "LIVEBELL_ADMIN_TOKEN": TOKEN,
            "LIVEBELL_ALLOW_TARGETS": "outside",
            "LIVEBELL_CANARY_EVERY": "5",
            **(environment or {}),
        }

    @property
    def gateway(self) -> str:
        """Where the first gateway is published: of a range the engine may give each new container another port. Raises
        ConnectionError where none is."""
        try:
            return f"http://{self('port', 'gateway', '8000').strip()}"
        except AssertionError as error:
            raise ConnectionError(str(error)) from error

    def __call__(self, *words: str, seconds: float = 60, stdin: str | None = None) -> str:
        done = subprocess.run(
            [*self._command, *words],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr[-3000:]}"
        return done.stdout

    def raw(self, *words: str, stdin: bytes = b"") -> bytes:
        """What a command writes that reads and writes bytes. Raises CalledProcessError where it fails."""
        command = [*self._command, *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=stdin, capture_output=True, timeout=120, check=True
        )
        return done.stdout

    def up(self, *words: str, services: tuple[str, ...] = WITHOUT_GRAFANA) -> None:
        """Returns once what was started is healthy."""
        try:
            self("up", "--detach", "--wait", "--wait-timeout", "180", *words, *services, seconds=UP_SECONDS)
        except AssertionError as error:
            error.add_note(self("logs", "--tail", "40"))
            raise

    def inspect(self, *services: str) -> dict[str, list[dict[str, Any]]]:
        """What `docker inspect` says of the containers of each service."""
        found: dict[str, list[dict[str, Any]]] = {}
        for container in json.loads(docker("inspect", *self("ps", "-aq", *services).split())):
            found.setdefault(container["Config"]["Labels"]["com.docker.compose.service"], []).append(container)
        return found

    def container(self, service: str) -> str:
        """The name of a service's first container."""
        return str(self.inspect(service)[service][0]["Name"].removeprefix("/"))

    def python(self, service: str, program: str) -> str:
        """What a program prints that runs in a service's container, with its settings."""
        return self("exec", "-T", service, "python", "-", stdin=program)


@contextmanager
def running(project: Project, services: tuple[str, ...] = WITHOUT_GRAFANA) -> Iterator[Project]:
    """Built from this folder and up for as long as the block runs."""
    require_docker()
    try:
        project.up("--build", services=services)
        yield project
    finally:
        project("down", "--volumes", "--rmi", "local", "--remove-orphans", "--timeout", "30", seconds=180)


def docker(*words: str) -> str:
    return subprocess.check_output(["docker", *words], text=True)


def call(url: str, body: object = None) -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        raw = answer.read()
    return json.loads(raw) if raw else None
