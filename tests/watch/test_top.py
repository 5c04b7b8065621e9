"""`livebell top` against a running installation, and what it makes of bad news."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from livebell.watching import BAD, GOOD, Metrics, lines
from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import WebhookReceiver
from tests.stack import livebell_up, serving, until

RUNBOOK = Path(__file__).parents[2] / "docs/runbook.md"


async def top(*arguments: str) -> tuple[int | None, str]:
    command = [sys.executable, "-m", "livebell", "top", "--once", "--every", "1", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode, out.decode()


async def test_it_shows_what_flows(tmp_path: Path) -> None:
    blog, hook = LiveBlog("storm"), WebhookReceiver()
    async with (
        serving(LiveBlogs(blog).app()) as blogs,
        serving(hook.app()) as hooks,
        livebell_up(tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/storm"\nevery = 0.3\n') as up,
    ):
        hook.secret = (await up.subscribe({"type": "webhook", "url": f"{hooks}/hook"}, filter={}))["secret"]
        blog.post("first", "Storm", "The first.")
        await until(lambda: up.knows("storm", 1))
        blog.post("second", "Ferries stop", "No ferry leaves Esbjerg tonight.")
        await until(lambda: bool(hook.received), 30)
        shown = ""

        async def all_well() -> bool:
            nonlocal shown
            status, shown = await top("--port", str(up.port))
            return status == 0 and "100.0% left within 2 s" in shown and "1 live" in shown

        await until(all_well, 40, lambda: shown)
        assert "no answer" not in shown
        status, shown = await top("--at", f"gateway=http://127.0.0.1:{up.port}", "--at", "parser=http://127.0.0.1:9")
        assert status == 1
        assert "no answer" in shown
    assert (await top("--port", str(up.port)))[0] == 1


def reading(at: float, *samples: str) -> Metrics:
    return Metrics({"gateway": "\n".join(samples) + "\n"}, at)


HEALTHY = reading(10.0, "livebell_consumers_running 1", "livebell_redis_up 1", "livebell_redis_persistence 1")


def test_dead_letters_and_a_group_that_is_behind_are_bad_news() -> None:
    now = reading(
        10.0,
        'livebell_dead_letters{stream="pages",tag="{p0}"} 2',
        'livebell_dead_letters{stream="pages",tag="{p1}"} 1',
        'livebell_group_oldest_seconds{stream="entries",tag="{p0}",group="enricher"} 90',
        'livebell_group_oldest_seconds{stream="enriched",tag="{p0}",group="notifier"} 5',
    )
    shown = {line.text.split()[0]: line for line in lines(reading(8.0), now) if line.text}
    assert (shown["pages"].look, shown["pages"].text.split()[-1]) == (BAD, "3")
    assert shown["entries"].look == BAD
    assert shown["enriched"].look != BAD


def test_what_is_bad_says_what_to_do_and_the_runbook_has_it() -> None:
    ill = Metrics(
        {
            "gateway": 'livebell_consumers_running 0\nlivebell_dead_letters{stream="pages",tag="{p0}"} 2\n'
            'livebell_group_oldest_seconds{stream="entries",tag="{p0}",group="enricher"} 90\n'
            'livebell_deliveries_total{channel="webhook",outcome="expired",attempt="1"} 1\n'
            'livebell_sources{state="failing"} 1\nlivebell_redis_up 0\n'
            'livebell_seen_to_left_seconds_bucket{channel="webhook",le="2.0"} 1\n'
            'livebell_seen_to_left_seconds_bucket{channel="webhook",le="+Inf"} 9\n',
            "parser": None,
        },
        10.0,
    )
    todo = [line.text for line in lines(ill, ill) if line.text.startswith("TO DO")]
    entries = set(re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE))
    linked = [re.search(r"\[(\w+)\]$", text)[1] for text in todo]
    assert len(linked) == 8
    assert set(linked) <= entries
    full = reading(
        10.0,
        *("livebell_redis_up 1", "livebell_redis_persistence 1", "livebell_consumers_running 1"),
        *("livebell_redis_memory_used_bytes 95", "livebell_redis_memory_limit_bytes 100"),
    )
    assert "LivebellRedisMemoryFull" in lines(full, full)[0].text
    assert [line.text for line in lines(reading(8.0), HEALTHY) if line.text.startswith("TO DO")] == [
        "TO DO       nothing"
    ]


def test_rates_and_quantiles_are_of_the_time_between_two_readings() -> None:
    def left(fast: int, slow: int) -> list[str]:
        name = 'livebell_seen_to_left_seconds_bucket{channel="webhook",le='
        bounds = (("1.0", fast), ("2.0", fast), ("5.0", fast + slow), ("+Inf", fast + slow))
        return [f'{name}"{bound}"}} {count}' for bound, count in bounds]

    done = 'livebell_messages_total{stream="pages",outcome="committed"} '
    before, now = reading(10.0, done + "100", *left(1000, 0)), reading(12.0, done + "106", *left(1080, 20))
    shown = {line.text.split()[0]: line for line in lines(before, now) if line.text}
    assert shown["pages"].text.split()[2] == "3.0"
    assert "80.0% left within 2 s; p50 625 ms" in shown["ALERTS"].text
    assert shown["ALERTS"].look == BAD
    well = lines(reading(10.0), reading(12.0, *left(100, 0)))
    assert next(line for line in well if line.text.startswith("ALERTS")).look == GOOD
