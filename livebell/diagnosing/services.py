"""The running services: those of `livebell up` by their ports, those in containers by their names."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

from livebell.commands.run import SERVICES
from livebell.diagnosing.finding import Finding

ASK_SECONDS = 3.0
ANSWER_BYTES = 1_000_000
CONTAINER_PORT = 8000
PROMETHEUS, ALERTMANAGER = "http://prometheus:9090", "http://alertmanager:9093"


async def service_findings(port: int) -> AsyncIterator[Finding]:
    """The five services of a running `livebell up --port PORT`."""
    names = ("gateway", "fetcher", "parser", "enricher", "notifier")
    for number, name in enumerate(names):
        lacking = await asyncio.to_thread(_lacking, f"http://127.0.0.1:{port + number}")
        if lacking is None:
            yield Finding(level="ok", subject=name, says=f"Ready on port {port + number}.")
        else:
            yield Finding(
                level="failure",
                subject=name,
                says=f"Not ready on port {port + number}: {lacking}.",
                mend=f"`livebell up --port {port}` starts it, and its log says why not; --port names another.",
            )


async def container_findings() -> AsyncIterator[Finding]:
    """What Compose runs, asked from within one of its containers: every replica, and what watches them."""
    for name in SERVICES:
        addresses = await asyncio.to_thread(_addresses, name)
        told = [await asyncio.to_thread(_lacking, f"http://{one}:{CONTAINER_PORT}") for one in addresses]
        lacking = [one for one in told if one is not None]
        if told and not lacking:
            yield Finding(level="ok", subject=name, says=f"Ready: {len(told)}.")
        else:
            yield Finding(
                level="failure",
                subject=name,
                says=f"{len(lacking)} of {len(told)} not ready: {'; '.join(lacking)}." if told else "None runs.",
                mend=f"docker compose up -d {name}; `docker compose logs {name}` says why.",
            )
    for name, url in (("prometheus", PROMETHEUS), ("alertmanager", ALERTMANAGER)):
        if not await asyncio.to_thread(_answers, f"{url}/-/ready"):
            yield Finding(
                level="warning",
                subject=name,
                says="It does not answer: nobody is told when something breaks.",
                mend=f"docker compose up -d {name}",
            )
    for alert in await asyncio.to_thread(_firing):
        labels, notes = alert.get("labels", {}), alert.get("annotations", {})
        if labels.get("severity", "none") != "none":  # a dead man's switch always fires
            yield Finding(
                level="warning",
                subject=str(labels.get("alertname")),
                says=str(notes.get("summary", "This alert fires.")),
                mend=str(notes.get("runbook", "docs/runbook.md")),
            )


def _addresses(name: str) -> list[str]:
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(name, None, socket.AF_INET)})
    except OSError:
        return []


def _lacking(url: str) -> str | None:
    """None where the service at this address is ready, else what it lacks."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=ASK_SECONDS):  # noqa: S310 - the operator's own address
            return None
    except urllib.error.HTTPError as error:
        try:
            checks = json.loads(error.read(ANSWER_BYTES))["checks"]
        except (OSError, ValueError, KeyError, TypeError):
            return f"something else answers there, with status {error.code}"
        return ", ".join(f"{name} does not hold" for name, holds in checks.items() if not holds)
    except TimeoutError:
        return "it does not answer in time"
    except OSError as error:
        return "nothing listens there" if "refused" in str(error) else f"{error}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ASK_SECONDS):  # noqa: S310 - the operator's own address
            return True
    except OSError:
        return False


def _firing() -> list[dict[str, Any]]:
    """The alerts that Prometheus counts as firing."""
    try:
        with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/alerts", timeout=ASK_SECONDS) as answer:  # noqa: S310
            alerts = json.loads(answer.read(ANSWER_BYTES))["data"]["alerts"]
    except (OSError, ValueError, KeyError):
        return []
    return [alert for alert in alerts if alert.get("state") == "firing"]
