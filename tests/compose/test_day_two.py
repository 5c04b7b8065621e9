"""What an operator does on the second day, by the commands of docs/operating.md: back up and restore, change the keys,
put a proxy in front."""

from __future__ import annotations

import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from livebell.installation_keys import ADMIN_TOKEN, REDIS_PASSWORD
from tests.compose.flow import Flow, until
from tests.compose.project import Project, call, docker, running
from tests.stack import SERVICES, free_ports

pytestmark = [pytest.mark.compose, pytest.mark.docker, pytest.mark.slow]
BACKUP = 'REDISCLI_AUTH="$(cat /keys/redis/password)" redis-cli --rdb -'
OLD_PASSWORD = 'REDISCLI_AUTH="{}" redis-cli ping'


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    with running(Project()) as project:
        yield project


@pytest.fixture(scope="module")
def flow(project: Project) -> Flow:
    return Flow(project)


def test_what_was_backed_up_is_there_again_after_the_data_was_lost(project: Project, flow: Flow) -> None:
    with flow.posting():
        pass
    flow.check()
    before = subscriptions(project)
    backup = project.raw("exec", "-T", "redis", "sh", "-c", BACKUP)
    assert backup.startswith(b"REDIS")

    project("stop", *SERVICES, "redis", seconds=120)
    project("rm", "--force", "redis")
    docker("volume", "rm", f"{project.name}_redis")
    restore = ("run", "--rm", "-T", "--no-deps", "--entrypoint", "/etc/livebell/restore.sh", "redis")
    with pytest.raises(subprocess.CalledProcessError):
        project.raw(*restore, stdin=backup[: len(backup) // 2])
    assert b"restored: " in project.raw(*restore, stdin=backup)
    project.up("--no-build")

    assert subscriptions(project) == before
    with flow.posting():
        pass
    flow.check()


def test_a_new_redis_password_is_taken_up_and_the_old_one_refused(project: Project, flow: Flow) -> None:
    old = project("exec", "-T", "gateway", "cat", f"/keys/{REDIS_PASSWORD}").strip()
    with flow.posting():
        project("run", "--rm", "keys", "keys", "install", "/keys", "--renew", REDIS_PASSWORD)
        project("restart", "redis", *SERVICES, seconds=180)
        until(lambda: call(f"{project.gateway}/readyz")["status"] == "ready")
    flow.check()
    refused = project("exec", "-T", "redis", "sh", "-c", OLD_PASSWORD.format(old))
    assert refused.startswith("NOAUTH")


def test_a_token_that_was_given_is_changed_by_giving_another(project: Project) -> None:
    other = Project(environment={**project.environment, "LIVEBELL_ADMIN_TOKEN": "another"}, name=project.name)
    other("up", "--no-build", "--no-deps", "keys")
    other("restart", "gateway")
    until(lambda: call(f"{project.gateway}/readyz")["status"] == "ready")
    assert project("exec", "-T", "gateway", "cat", f"/keys/{ADMIN_TOKEN}").strip() == "another"
    with pytest.raises(urllib.error.HTTPError, match=r"401|403"):
        call(f"{project.gateway}/api/v1/subscriptions")


def test_behind_caddy_the_page_has_tls_and_metrics_stay_inside() -> None:
    port = free_ports(2)
    environment = {"CADDY_HTTP": str(port), "CADDY_HTTPS": str(port + 1), "LIVEBELL_PROXY_NETWORK": "172.31.251.0/29"}
    proxied = Project("deploy/compose.proxy.yml", environment=environment, name="livebell-test-proxy")
    with running(proxied, services=("gateway", "notifier", "caddy", "outside")):
        assert proxied.inspect("gateway")["gateway"][0]["HostConfig"]["PortBindings"] in ({}, None)
        until(lambda: b"<html" in answer(f"https://localhost:{port + 1}/"))
        with pytest.raises(urllib.error.HTTPError, match="404"):
            answer(f"https://localhost:{port + 1}/metrics")


def answer(url: str) -> bytes:
    """Of a site whose certificate Caddy has signed itself, as it does for `localhost`."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(url, timeout=5, context=trusting) as page:
        return bytes(page.read())


def subscriptions(project: Project) -> list[str]:
    return sorted(one["id"] for one in call(f"{project.gateway}/api/v1/subscriptions")["subscriptions"])
