"""A growing live blog rings a webhook and a browser push, each entry once: real server, real HTTP, own processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import PushService, WebhookReceiver
from tests.stack import Stack, livebell_up, serving, until

EVERYTHING = {"changes": ["created", "updated", "deleted"]}


async def test_each_entry_rings_once_and_its_edit_and_deletion_arrive_as_such(tmp_path: Path) -> None:
    blog = LiveBlog("storm")
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    for n in range(3):
        blog.post(f"old-{n}", f"Earlier {n}", "The ferry to Ærø sailed as planned.", long_ago + timedelta(minutes=n))
    hook, stranger, push = WebhookReceiver(), WebhookReceiver(), PushService()
    async with (
        serving(LiveBlogs(blog).app()) as blogs,
        serving(hook.app()) as hook_url,
        serving(stranger.app()) as stranger_url,
        serving(push.app()) as push_url,
        livebell_up(tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/storm"\nevery = 0.3\n') as up,
    ):
        made = await up.subscribe({"type": "webhook", "url": f"{hook_url}/hook"}, filter=EVERYTHING)
        hook.secret = made["secret"]
        assert made["status"] == "active"
        await up.subscribe(
            {"type": "webpush", "endpoint": f"{push_url}/push/1", "keys": push.keys()}, token=None, filter=EVERYTHING
        )
        await _stranger_proves_itself(up, stranger, stranger_url)
        await until(lambda: up.knows("storm", 3))

        blog.post("new-1", "Power lost across Bornholm", "Some 12,000 homes in Denmark are without power.")
        await until(lambda: len(hook.received) >= 1 and len(push.received) >= 1 and len(stranger.received) >= 1)
        blog.edit("new-1", "Some 14,000 homes in Denmark are without power.")
        await until(lambda: len(hook.received) >= 2 and len(push.received) >= 2)
        blog.post("new-2", "Bridge closed", "The Great Belt bridge is closed to lorries.")
        blog.delete("new-1")
        await until(lambda: len(hook.received) >= 4 and len(push.received) >= 4)
        await until(lambda: len(stranger.received) >= 2)

    assert hook.errors == stranger.errors == push.errors == []
    told = [(delivery.kind, delivery.entry) for delivery in hook.received]
    assert told[:2] == [("entry.created", "new-1"), ("entry.updated", "new-1")]
    assert sorted(told[2:]) == [("entry.created", "new-2"), ("entry.deleted", "new-1")]
    assert len({delivery.id for delivery in hook.received}) == 4
    assert [delivery.entry for delivery in stranger.received] == ["new-1", "new-2"]
    edit = hook.of("entry.updated")[0].body["data"]
    assert "14,000" in edit["entry"]["text"]
    assert edit["fields"] == ["text"]

    by_topic = {message.topic: message for message in push.received}
    assert len(by_topic) == 2, "an edit and a withdrawal replace the entry's alert"
    assert all(message.claims["aud"] == push_url for message in push.received)
    assert all(len(message.topic or "") == 32 for message in push.received)
    assert any("withdrawn" in str(message.payload).lower() for message in push.received)


async def _stranger_proves_itself(up: Stack, stranger: WebhookReceiver, url: str) -> None:
    made = await up.subscribe({"type": "webhook", "url": f"{url}/hook"}, token=None)
    stranger.secret = made["secret"]
    assert made["status"] == "pending"

    async def active() -> bool:
        _, found = await up.api("GET", f"/api/v1/subscriptions/{made['id']}", token=made["token"])
        return bool(found["status"] == "active")

    await until(active)
