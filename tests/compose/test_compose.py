"""`docker compose up --build` as an operator calls it: healthy containers with no more rights than they need, and an
entry that rings a webhook in another container."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from livebell.installation_keys import MADE
from tests.compose.flow import until
from tests.compose.project import TOKEN, Project, call, docker, running
from tests.stack import SERVICES

pytestmark = [pytest.mark.compose, pytest.mark.docker]
OURS = (*SERVICES, "canary", "redis", "prometheus", "alertmanager")
NOT_TO_BE_REACHED = """
import socket, urllib.request, urllib.error
for port in (6379, 9090):
    for host in ("redis", "prometheus", {addresses}):
        try:
            socket.create_connection((host, port), 1).close()
            print("reached", host, port)
        except OSError:
            pass
for service in ("fetcher", "notifier", "gateway"):
    try:
        urllib.request.urlopen(f"http://{{service}}:8000/metrics", timeout=5)
        print("read", service)
    except urllib.error.HTTPError as error:
        assert error.code == 403, error
"""


@pytest.fixture(scope="module")
def compose() -> Iterator[Project]:
    with running(Project()) as project:
        yield project


def test_every_container_is_healthy_and_has_no_more_rights_than_it_needs(compose: Project) -> None:
    containers = {name: found[0] for name, found in compose.inspect().items()}
    assert containers.keys() >= {*OURS, "keys"}
    for name in OURS:
        config, host = containers[name]["Config"], containers[name]["HostConfig"]
        assert config["User"] not in {"", "0", "root"}, name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["Memory"] > 0, name
        assert host["NanoCpus"] > 0, name
        assert host["PidsLimit"] > 0, name
    for name in SERVICES:
        assert containers[name]["State"]["Health"]["Status"] == "healthy", name
        assert containers[name]["Config"]["User"] == "10001:10001", name
        status = docker("exec", containers[name]["Id"], "python", "-c", "print(open('/proc/1/status').read())")
        assert "\nUid:\t10001\t10001\t10001\t10001" in status, name
        assert "\nCapEff:\t0000000000000000" in status, name
    assert containers["keys"]["State"]["ExitCode"] == 0
    assert containers["keys"]["Config"]["User"] == "10001:10001"


def test_only_the_gateway_is_published_and_on_loopback_alone(compose: Project) -> None:
    bindings = {name: found[0]["HostConfig"]["PortBindings"] or {} for name, found in compose.inspect().items()}
    assert {name for name, ports in bindings.items() if ports} == {"gateway", "outside"}
    assert {one["HostIp"] for ports in bindings.values() for bound in ports.values() for one in bound} == {"127.0.0.1"}


def test_redis_and_metrics_are_reached_from_their_networks_alone(compose: Project) -> None:
    networks = {name: found[0]["NetworkSettings"]["Networks"] for name, found in compose.inspect().items()}
    names = {service: {name.removeprefix(f"{compose.name}_") for name in of} for service, of in networks.items()}
    assert names["redis"] == {"redis"}
    assert names["prometheus"] == {"metrics"}
    assert {service for service, of in names.items() if "redis" in of} == {*SERVICES, "redis"}
    addresses = [network["IPAddress"] for name in ("redis", "prometheus") for network in networks[name].values()]
    program = NOT_TO_BE_REACHED.format(addresses=", ".join(map(repr, addresses)))
    assert compose.python("outside", program) == ""
    with pytest.raises(urllib.error.HTTPError, match="403"):
        call(f"{compose.gateway}/metrics")


def test_redis_asks_for_its_password(compose: Project) -> None:
    answer = compose("exec", "-T", "redis", "redis-cli", "get", "livebell:vapid")
    assert answer.startswith("NOAUTH")


def test_prometheus_scrapes_every_service(compose: Project) -> None:
    def up() -> set[str]:
        targets = prometheus(compose, "targets")["activeTargets"]
        return {target["labels"].get("service", "") for target in targets if target["health"] == "up"}

    until(lambda: up() >= set(SERVICES), up)


def test_the_rules_are_loaded_and_the_canarys_alert_arrives(compose: Project) -> None:
    rules = [rule["name"] for group in prometheus(compose, "rules?type=alert")["groups"] for rule in group["rules"]]
    assert "LivebellWatchdog" in rules
    arrived = 'query?query=livebell_canary_entries_total{end="arrived"}>0'
    until(lambda: bool(prometheus(compose, arrived)["result"]))
    firing = 'query?query=ALERTS{alertname="LivebellWatchdog"}'
    until(lambda: bool(prometheus(compose, firing)["result"]))


def prometheus(compose: Project, path: str) -> Any:
    program = (
        f"import urllib.request as u; print(u.urlopen({f'http://prometheus:9090/api/v1/{path}'!r}).read().decode())"
    )
    return json.loads(compose.python("gateway", program))["data"]


def test_no_secret_is_in_an_image_or_shown_by_inspect(compose: Project) -> None:
    made = [f"/keys/{name}" for name in MADE]
    secrets = compose("exec", "-T", "gateway", "cat", *made).split()
    assert len(secrets) == len(MADE)
    assert TOKEN in secrets
    containers = compose.inspect()
    shown = json.dumps(containers)
    images = {found[0]["Image"] for name, found in containers.items() if name in (*SERVICES, "keys")}
    shown += docker("image", "inspect", *images) + "".join(docker("history", "--no-trunc", image) for image in images)
    assert [secret for secret in secrets if secret in shown] == []
    for image in images:
        files = docker("run", "--rm", "--network", "none", "--entrypoint", "find", image, "/keys", "-type", "f")
        assert files == "", image


def test_an_entry_rings_a_webhook_and_a_stopped_service_goes_on_where_it_was(compose: Project) -> None:
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


def test_the_doctor_finds_what_does_not_run(compose: Project) -> None:
    doctor = ("exec", "-T", "gateway", "livebell", "doctor", "--containers")
    assert {f"ok       {name}: Ready: 1." for name in SERVICES} <= {*compose(*doctor).splitlines()}
    compose("stop", "parser")
    with pytest.raises(AssertionError):  # its exit status
        compose(*doctor)
    compose.up("--no-build", services=("parser",))


def test_every_service_stops_within_its_grace_with_status_0(compose: Project) -> None:
    compose("stop", *SERVICES, seconds=120)
    stopped = {name: found[0]["State"]["ExitCode"] for name, found in compose.inspect(*SERVICES).items()}
    assert stopped == dict.fromkeys(SERVICES, 0)


def entries(compose: Project) -> list[str]:
    return sorted(entry["id"] for entry in call(f"{compose.gateway}/api/v1/entries?source=storm")["entries"])


def rung(compose: Project, secret: str) -> list[str]:
    """The entries that webhooks told of, each request verified with PyPI's `standardwebhooks`."""
    events = [Webhook(secret).verify(taken["body"], taken["headers"]) for taken in call(f"{compose.outside}/received")]
    return [event["data"]["entry"]["id"] for event in events]
