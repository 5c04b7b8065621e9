"""What Prometheus' and Alertmanager's own tools say of rules, their unit tests, and the configuration."""

from __future__ import annotations

from pathlib import Path

import docker
import pytest
from docker.errors import ContainerError

from conftest import require_docker
from tests.watch.prometheus import IMAGE

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTMANAGER = "prom/alertmanager:v0.28.1"
pytestmark = pytest.mark.docker


def run(image: str, program: str, *arguments: str) -> str:
    require_docker()
    volumes = [f"{DEPLOY}/prometheus:/etc/prometheus:ro", f"{DEPLOY}/alertmanager:/etc/alertmanager:ro"]
    try:
        out = docker.from_env().containers.run(
            image, list(arguments), entrypoint=program, volumes=volumes, remove=True, stderr=True, network_mode="none"
        )
    except ContainerError as error:
        pytest.fail(error.stderr.decode())
    return out.decode()


def within(folder: str) -> list[str]:
    return sorted(f"/etc/prometheus/{folder}/{path.name}" for path in (DEPLOY / "prometheus" / folder).glob("*.yml"))


def test_the_rules_are_valid() -> None:
    assert "SUCCESS" in run(IMAGE, "promtool", "check", "rules", *within("rules"))


def test_every_alert_fires_when_it_should_and_not_when_it_should_not() -> None:
    assert "FAILED" not in run(IMAGE, "promtool", "test", "rules", *within("tests"))


def test_pages_tickets_and_the_switch_go_their_own_ways() -> None:
    config = "--config.file=/etc/alertmanager/alertmanager.yml"
    assert "SUCCESS" in run(ALERTMANAGER, "amtool", "check-config", "/etc/alertmanager/alertmanager.yml")
    for labels, receiver in (
        (["severity=page", "alertname=LivebellRedisDown"], "pages"),
        (["severity=ticket", "alertname=LivebellDeadLetters"], "tickets"),
        (["severity=none", "alertname=LivebellWatchdog"], "dead-mans-switch"),
    ):
        assert (
            run(ALERTMANAGER, "amtool", "config", "routes", "test", config, *labels).splitlines().count(receiver) == 1
        )
