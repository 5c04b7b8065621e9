from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings, strategies as st

from services.fetcher import robots as robots_module
from services.fetcher.fetch import fetch
from services.fetcher.metrics import ROBOTS
from services.fetcher.outcome import Answer, Failed
from services.fetcher.reasons import Reason
from services.fetcher.robots import ALLOWED, Robots
from services.fetcher.robots_rules import MAX_BYTES, MAX_DELAY, read_rules
from shared.outgoing.client import Outgoing

NEWS = "https://news.example/live/storm"


def allows(text: str, url: str = NEWS) -> bool:
    return read_rules(text.encode(), "Livebell").allow(url)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /live/", False),
        ("User-agent: *\nDisallow: /live/\nAllow: /live/storm", True),
        ("User-agent: *\nDisallow: /*storm$", False),
        ("User-agent: LiveBell\nDisallow: /\n\nUser-agent: *\nDisallow:", False),
        ("User-agent: livebell\nDisallow: /private\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: otherbot\nDisallow: /", True),
        ("User-agent: otherbot\nUser-agent: Livebell\nDisallow: /", False),
        ("User-agent: Livebell # ours\nDisallow: /", False),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("<!doctype html><title>Not found</title>", True),
    ],
)
def test_reads_what_is_meant_for_us(text: str, allowed: bool) -> None:
    assert allows(text) is allowed


@pytest.mark.parametrize(("said", "delay"), [("5", 5), ("0.5", 0.5), ("9999", MAX_DELAY), ("soon", 0), ("-1", 0)])
def test_reads_how_slow_a_site_wants_us(said: str, delay: float) -> None:
    assert read_rules(f"User-agent: *\nCrawl-delay: {said}".encode(), "Livebell").delay == delay


HOSTILE = {
    "agents times rules": "User-agent: bot-{n}\n" * 15_000 + "Allow: /\n" * 30_000,
    "wildcards": "User-agent: *\n" + "Disallow: /" + "*a" * 100_000 + "b\n",
    "one line": "Disallow: " + "/" * 400_000,
    "many rules": "User-agent: *\n" + "Disallow: /*e*e*e*e*x\n" * 20_000,
    "binary": "\x00\xff\u2028" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_costs_little(text: str) -> None:
    numbered = "\n".join(line.replace("{n}", str(n)) for n, line in enumerate(text.split("\n")))
    started = time.process_time()
    assert isinstance(allows(numbered, NEWS + "/e" * 900), bool)
    assert time.process_time() - started < 5


@given(st.text(), st.text(max_size=50))
@settings(max_examples=50)
def test_any_file_is_read(text: str, path: str) -> None:
    rules = read_rules(text.encode("utf-8", "replace"), "Livebell")
    assert isinstance(rules.allow(f"https://news.example/{path}"), bool)
    assert 0 <= rules.delay <= MAX_DELAY


@pytest.fixture
def robots(outgoing: Outgoing) -> Iterator[Robots]:
    return Robots(outgoing, token="Livebell")


async def reason(robots: Robots, url: str) -> Reason | None:
    failed = (await robots.verdict(url)).failed
    return failed.reason if failed else None


async def test_a_site_is_asked_once_for_all_its_pages(site: Any, robots: Robots) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /private")
    found = await asyncio.gather(*(reason(robots, site.url(f"/{n}")) for n in range(20)))
    assert found == [None] * 20
    assert await reason(robots, site.url("/private/x")) is Reason.ROBOTS
    assert site.asked("/robots.txt") == 1
    assert site.requests[0].headers["User-Agent"] == "Livebell test"
    assert robots.known(site.url("/private/x")) is not None
    assert robots.known(site.url("/never")) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_none_allows_all(site: Any, robots: Robots, status: int) -> None:
    site.respond("/robots.txt", status, b"User-agent: *\nDisallow: /")
    assert await robots.verdict(site.url()) is ALLOWED


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_one_that_cannot_be_had_is_a_no_until_it_can(
    site: Any, robots: Robots, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robots_module, "AGAIN_SECONDS", 0.0)
    site.respond("/robots.txt", status)
    assert await reason(robots, site.url()) is Reason.ROBOTS_UNREACHABLE
    site.page("/robots.txt", "User-agent: *\nAllow: /")
    assert await reason(robots, site.url()) is None


async def test_what_was_last_known_counts_while_it_cannot_be_had(
    site: Any, robots: Robots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robots_module, "KEPT_SECONDS", 0.0)
    site.page("/robots.txt", "User-agent: *\nDisallow: /private")
    assert await reason(robots, site.url()) is None
    site.respond("/robots.txt", 500)
    assert await reason(robots, site.url()) is None
    assert await reason(robots, site.url("/private")) is Reason.ROBOTS


async def test_a_host_that_does_not_answer_is_named_as_such(robots: Robots) -> None:
    assert await reason(robots, "http://127.0.0.1:1/blog") is Reason.UNREACHABLE
    assert await reason(robots, "http://169.254.169.254/blog") is Reason.REFUSED_TARGET


async def test_it_is_kept_as_long_as_it_says_within_bounds(site: Any, robots: Robots) -> None:
    site.page("/robots.txt", "", Cache_Control="max-age=1")
    await robots.verdict(site.url())
    [(_, until)] = robots._verdicts.values()
    assert 590 < until - time.monotonic() <= 600
    site.page("/robots.txt", "", Cache_Control="max-age=99999999")
    robots._origins.clear()
    robots._verdicts.clear()
    await robots.verdict(site.url())
    [(_, until)] = robots._verdicts.values()
    assert 86_000 < until - time.monotonic() <= 86_400


async def test_of_ten_megabytes_the_first_half_is_read_and_the_rest_stays_on_the_wire(
    site: Any, robots: Robots
) -> None:
    sent, cut = 0, ROBOTS.labels("cut")._value.get()

    async def large(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"User-agent: *\nDisallow: /private\n")
        for _ in range(100):
            await response.write(b"# filler\n" * 11_650)
            sent += 9 * 11_650
        return response

    site.answers["/robots.txt"] = large
    assert await reason(robots, site.url("/private")) is Reason.ROBOTS
    assert await reason(robots, site.url("/blog")) is None
    assert sent < 10 * MAX_BYTES
    assert ROBOTS.labels("cut")._value.get() == cut + 1


async def test_a_bomb_is_not_unpacked(site: Any, robots: Robots) -> None:
    site.respond("/robots.txt", 200, gzip.compress(bytes(50 * MAX_BYTES)), {"Content-Encoding": "gzip"})
    assert await reason(robots, site.url()) is Reason.ROBOTS_UNREACHABLE


async def test_a_redirect_into_the_private_network_is_not_followed(site: Any, robots: Robots) -> None:
    site.redirect("/robots.txt", "http://169.254.169.254/robots.txt")
    assert await reason(robots, site.url()) is Reason.REFUSED_TARGET


async def test_a_crawl_delay_is_passed_on(site: Any, robots: Robots) -> None:
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 3")
    assert (await robots.verdict(site.url())).delay == 3


async def test_what_it_disallows_is_not_reached_by_a_redirect_either(
    site: Any, robots: Robots, outgoing: Outgoing
) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /private")
    site.page("/private", "A blog.")
    site.page("/open", "A blog.")
    site.redirect("/moved", "/private")
    site.redirect("/moved-on", "/open")

    async def refused(url: str) -> Failed | None:
        return (await robots.verdict(url)).failed

    async def reached(path: str) -> Answer | Failed:
        return await fetch(outgoing, site.url(path), {}, seconds=5, most_bytes=1_000, refused=refused)

    found = await reached("/moved")
    assert isinstance(found, Failed)
    assert found.reason is Reason.ROBOTS
    assert site.asked("/private") == 0
    assert isinstance(await reached("/moved-on"), Answer)
