"""The OpenAPI document is true: schemathesis asks a live gateway for everything that it tells."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from redis.asyncio import Redis

from services.gateway.tests.conftest import ADMIN, Gateway
from services.gateway.tests.make import enriched
from shared.filters.explaining import EXPLAIN
from shared.filters.explanation import Explanation
from shared.sources.previewing import FETCH, Previewed
from shared.streams.asking import Desk, answer

SECONDS = 900


# What the server is makes no difference here, and asking takes its time.
@pytest.mark.parametrize("redis_url", ["valkey"], indirect=True)
@pytest.mark.parametrize(
    ("phases", "cases"),
    [("fuzzing,stateful", 6), pytest.param("examples,coverage,fuzzing,stateful", 40, marks=pytest.mark.slow)],
)
async def test_every_answer_is_as_the_document_tells(start, tmp_path: Path, phases: str, cases: int):
    async with start(subscribe_per_minute=1_000_000, requests_per_minute=1_000_000) as gateway:
        await gateway.happen(enriched("e1", minutes=0), enriched("e2", minutes=1))
        made = await gateway.subscribe({"channel": {"type": "webhook", "url": "http://127.0.0.1:9/"}}, token=ADMIN)
        assert made["id"]
        answering = asyncio.create_task(answer_everything(gateway))
        asked = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{gateway.url}/openapi.json",
            "--header", f"Authorization: Bearer {ADMIN}",
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
            "response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method",
            "--exclude-path", "/api/v1/stream",
            "--phases", phases, "--max-examples", str(cases), "--seed", "1", "--request-timeout", "20", "--no-color",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path,
        )  # fmt: skip
        told, _ = await asyncio.wait_for(asked.communicate(), SECONDS)
        answering.cancel()
        assert asked.returncode == 0, told.decode()[-8000:]


async def answer_everything(gateway: Gateway) -> None:
    """As a notifier and a fetcher do that find nothing."""
    nothing = Explanation(examined=0, matched=0, quiet=0, complete=True, caught=())
    none = Previewed(problem="The page does not exist.")
    await asyncio.gather(_answer_all(gateway.redis, EXPLAIN, nothing), _answer_all(gateway.redis, FETCH, none))


async def _answer_all(redis: Redis, desk: Desk[Any], found: Struct) -> None:
    while True:
        if (question := await desk.next(redis, block=1.0)) is not None:
            await answer(redis, question, found)
