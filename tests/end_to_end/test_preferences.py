"""A digest by webhook and by push, through all services, with a notifier killed while something is withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import PushService, WebhookReceiver
from tests.stack import livebell_up, serving, until

HOURLY = {"digest": 60}


async def test_what_is_withheld_survives_a_kill_and_comes_as_one_digest(tmp_path: Path) -> None:
    blog, hook, push = LiveBlog("storm"), WebhookReceiver(), PushService()
    blog.post("old", "Old", "Taken in quietly.")
    async with (
        serving(LiveBlogs(blog).app()) as blogs,
        serving(hook.app()) as hook_url,
        serving(push.app()) as push_url,
        livebell_up(tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/storm"\nevery = 0.3\n') as up,
    ):
        redis = Redis.from_url(up.redis_url, protocol=2)
        hook.secret = (await up.subscribe({"type": "webhook", "url": f"{hook_url}/hook"}, preferences=HOURLY))["secret"]
        channel = {"type": "webpush", "endpoint": f"{push_url}/push/1", "keys": push.keys()}
        await up.subscribe(channel, token=None, preferences=HOURLY)

        async def known() -> bool:
            return len(await up.entries("storm")) == 1

        await until(known)
        blog.post("a", "Power lost across Bornholm", "Some 12,000 homes are without power.")
        blog.post("b", "Bridge closed", "The Great Belt bridge is closed to lorries.")
        await until(lambda: _withheld(redis, 2))
        up.kill("notifier")
        blog.edit("a", "Some 14,000 homes are without power.")
        blog.delete("b")
        blog.post("c", "Ferries stop", "Nobody crosses to Ærø today.")
        await until(lambda: _withheld(redis, 3), 40)
        assert hook.received == push.received == []
        status, found = await up.api("POST", "/api/v1/explain", {"filter": {"words": ["Bornholm"]}}, token=None)
        assert (status, found["matched"]) == (200, 1), found
        assert found["caught"][0]["entry"] == "a"
        assert found["caught"][0]["conditions"][0]["found"] == ["bornholm"]
        await _an_hour_later(redis)
        await until(lambda: len(hook.received) == 1 and len(push.received) == 1, 20)
        await redis.aclose()
    [digest] = hook.of("digest")
    data = digest.body["data"]
    assert (data["count"], data["more"]) == (2, 0)
    told: dict[str, Any] = {one["entry"]["id"]: one for one in data["entries"]}
    assert set(told) == {"a", "c"}
    assert "14,000" in told["a"]["entry"]["text"]
    notification = push.received[0].payload["notification"]
    assert notification["title"].startswith("2 alerts")
    assert notification["navigate"] == f"http://127.0.0.1:{up.port}/"
    assert hook.errors == push.errors == []


async def _withheld(redis: Redis, each: int) -> bool:
    """Whether so many are held for each of the two, beside the state."""
    found = [name async for name in redis.scan_iter("livebell:*:withheld:*")]
    return [await redis.hlen(name) for name in found] == [each + 1] * 2


async def _an_hour_later(redis: Redis) -> None:
    async for calls in redis.scan_iter("livebell:*:digests"):
        for member in await redis.zrange(calls, 0, -1):
            await redis.zadd(calls, {member: 0})
