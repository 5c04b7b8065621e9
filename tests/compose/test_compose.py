"""`docker compose up --build` as an operator calls it: six healthy containers, and an entry that rings a webhook."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from conftest import require_docker
from tests.stack import SERVICES, free_ports

pytestmark = [pytest.mark.compose, pytest.mark.docker]
ROOT = Path(__file__).parents[2]
TOKEN = "operator-token-of-this-test"
UP_SECONDS = 900
ARRIVE_SECONDS = 60


class Compose:
    """One Compose project of this test's own, on free ports of loopback."""

    def __init__(self) -> None:
        port = free_ports(2)
        self.gateway, self.outside = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
        self._command = ["docker", "compose", "-p", f"livebell-test-{os.getpid()}"]
        self._command += ["-f", "docker-compose.yml", "-f", "tests/compose/outside.yml"]
        self._environment = {
            **os.environ,
            "LIVEBELL_PORT": str(port),
            "OUTSIDE_PORT": str(port + 1),
            "LIVEBELL_ADMIN_TOKEN": TOKEN,
            "LIVEBELL_ALLOW_TARGETS": "outside",
        }

    def __call__(self, *words: str, seconds: float = 60) -> str:
        done = subprocess.run(
            [*self._command, *words],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr[-3000:]}"
        return done.stdout

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of each service's container."""
        inspected = json.loads(subprocess.check_output(["docker", "inspect", *self("ps", "-q").split()]))
        return {container["Config"]["Labels"]["com.docker.compose.service"]: container for container in inspected}


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    require_docker()
    compose = Compose()
    try:
        try:
            compose("up", "--build", "--detach", "--wait", "--wait-timeout", "120", seconds=UP_SECONDS)
        except AssertionError as error:
            error.add_note(compose("logs", "--tail", "40"))
            raise
        yield compose
    finally:
        compose("down", "--volumes", "--rmi", "local", "--timeout", "30", seconds=120)


def test_every_container_is_healthy_and_has_no_more_rights_than_it_needs(compose: Compose) -> None:
    containers = compose.containers()
    assert containers.keys() >= {*SERVICES, "redis"}
    for name in SERVICES:
        state, config, host = (containers[name][part] for part in ("State", "Config", "HostConfig"))
        assert state["Health"]["Status"] == "healthy", name
        assert config["User"] == "10001", name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
    published = {name for name, container in containers.items() if container["HostConfig"]["PortBindings"]}
    assert published == {"gateway", "outside"}
    assert containers["gateway"]["HostConfig"]["PortBindings"]["8000/tcp"][0]["HostIp"] == "127.0.0.1"


def test_an_entry_rings_a_webhook_and_a_stopped_service_goes_on_where_it_was(compose: Compose) -> None:
    channel = {"type": "webhook", "url": "http://outside:9000/hook"}
    made = call(f"{compose.gateway}/api/v1/subscriptions", {"channel": channel})
    call(f"{compose.outside}/posts", {"id": "old", "title": "Earlier", "text": "The ferry to Ærø sailed."})
    call(f"{compose.gateway}/api/v1/sources", {"id": "storm", "url": "http://outside:9000/storm", "every": 1})
    until(lambda: entries(compose) == ["old"])

    call(f"{compose.outside}/posts", {"id": "new-1", "title": "Bridge closed", "text": "The bridge is closed."})
    until(lambda: rung(compose, made["secret"]) == ["new-1"])

    compose("stop", "notifier")
    call(f"{compose.outside}/posts", {"id": "new-2", "title": "Bridge open", "text": "The bridge is open again."})
    until(lambda: "new-2" in entries(compose))
    compose("start", "notifier")
    until(lambda: rung(compose, made["secret"]) == ["new-1", "new-2"])


def test_every_service_stops_within_its_grace_with_status_0(compose: Compose) -> None:
    compose("stop", *SERVICES, seconds=120)
    stopped = {name: compose("ps", "-a", "--format", "{{.ExitCode}}", name).strip() for name in SERVICES}
    assert stopped == dict.fromkeys(SERVICES, "0")


def entries(compose: Compose) -> list[str]:
    return sorted(entry["id"] for entry in call(f"{compose.gateway}/api/v1/entries?source=storm")["entries"])


def rung(compose: Compose, secret: str) -> list[str]:
    """The entries that webhooks told of, each request verified with PyPI's `standardwebhooks`."""
    events = [Webhook(secret).verify(taken["body"], taken["headers"]) for taken in call(f"{compose.outside}/received")]
    return [event["data"]["entry"]["id"] for event in events]


def call(url: str, body: object = None) -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        raw = answer.read()
    return json.loads(raw) if raw else None


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ARRIVE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"did not hold within {ARRIVE_SECONDS} s"
        time.sleep(0.2)
