"""A real Prometheus with the project's rules, scraping what `livebell up` runs."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import docker

from tests.stack import until

IMAGE = "prom/prometheus:v2.53.3"
RULES = Path(__file__).parents[2] / "deploy/prometheus"


class Prometheus:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def ask(self, expression: str) -> list[dict[str, Any]]:
        """The answer's samples, those that are no number left out. Fails where the query is none."""
        async with self._http.post("/api/v1/query", data={"query": expression}) as response:
            answer = await response.json()
        assert answer["status"] == "success", (expression, answer)
        found = answer["data"]["result"]
        if answer["data"]["resultType"] == "scalar":
            return [{"value": found}]
        return [one for one in found if one.get("value", (0, "0"))[1] != "NaN"]

    async def is_ready(self) -> bool:
        try:
            async with self._http.get("/-/ready") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def targets_up(self) -> dict[str, str]:
        return {one["metric"]["service"]: one["value"][1] for one in await self.ask('up{job="livebell"}')}


@contextlib.asynccontextmanager
async def scraping(folder: Path, ports: Mapping[str, int]) -> AsyncIterator[Prometheus]:
    """`ports` of this machine by service; each is asked every second."""
    targets = [{"targets": [f"127.0.0.1:{port}"], "labels": {"service": name}} for name, port in ports.items()]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["/livebell/rules/*.yml"],
        "scrape_configs": [{"job_name": "livebell", "static_configs": targets}],
    }
    folder.mkdir()  # noqa: ASYNC240
    folder.chmod(0o755)  # noqa: ASYNC240
    (folder / "prometheus.json").write_text(json.dumps(config))
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    container = docker.from_env().containers.run(
        IMAGE,
        [
            "--config.file=/config/prometheus.json",
            "--storage.tsdb.path=/tmp/tsdb",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        network_mode="host",
        volumes=[f"{folder}:/config:ro", f"{RULES}:/livebell:ro"],
        detach=True,
    )
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            prometheus = Prometheus(http)
            await until(prometheus.is_ready, 30, lambda: container.logs()[-2000:])
            yield prometheus
    finally:
        container.remove(force=True)
