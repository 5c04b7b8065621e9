"""A reader's hour: subscribes on the page, is told of an entry, its edit and its withdrawal, and leaves.

The browser is Debian's Chromium. The push goes to a push service of loopback that decrypts it with an implementation
that is not ours, and from there into the page's service worker over the DevTools protocol.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import expect

from tests.browser import browsing, notifications, push_through, worker_of
from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import PushService
from tests.stack import Stack, livebell_up, serving, until


async def test_a_reader_is_told_and_leaves(tmp_path: Path) -> None:
    blog = LiveBlog("storm")
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    blog.post("old-1", "Earlier", "The ferry to Ærø sailed as planned.", long_ago)
    push = PushService()
    async with (
        browsing(permissions=["notifications"]) as context,
        serving(LiveBlogs(blog).app()) as blogs,
        serving(push.app()) as push_url,
        livebell_up(tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/storm"\nevery = 0.3\n') as up,
    ):
        await push_through(context, f"{push_url}/push/1", push.keys())
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{up.port}")
        await expect(page.locator("#entries > li")).to_have_count(1, timeout=20_000)
        await page.fill("#words", "power, bridge")
        await page.get_by_role("button", name="Alert me").click()
        await expect(page.locator("#standing")).to_have_text("Alerts are on.")
        worker = await worker_of(context, page)

        async def told(count: int) -> dict[str, str]:
            """The one notification that stands once so many pushes have come; each is handed to the worker."""
            await until(lambda: len(push.received) >= count)
            payload = push.received[count - 1].payload
            words = payload["notification"]
            await worker.deliver(payload)
            standing: list[dict[str, str]] = []

            async def stands() -> bool:
                standing[:] = await notifications(page)
                return [(one["title"], one["body"]) for one in standing] == [(words["title"], words["body"])]

            await until(stands)
            return standing[0]

        blog.post("new-0", "Buses run again", "All lines.")
        blog.post("new-1", "Power lost across Bornholm", "Some 12,000 homes are without power.")
        first = await told(1)
        assert "Power lost across Bornholm" in first["title"]
        assert "12,000" in first["body"]
        assert first["url"] == f"{blogs}/storm#new-1"
        await expect(page.locator("#last")).not_to_have_text("none yet")

        blog.edit("new-1", "Some 14,000 homes are without power.")
        edited = await told(2)
        assert "14,000" in edited["body"]
        assert edited["tag"] == first["tag"]

        blog.delete("new-1")
        withdrawn = await told(3)
        assert "Withdrawn" in withdrawn["title"]
        assert withdrawn["tag"] == first["tag"]

        await page.get_by_role("button", name="Stop and delete").click()
        await expect(page.locator("#held")).to_be_hidden()
        blog.post("new-2", "Bridge closed", "The Great Belt bridge is closed to lorries; power lines sway.")
        await until(lambda: _shown(up, "new-2"))
        assert len(push.received) == 3
    assert push.errors == []


async def _shown(up: Stack, entry: str) -> bool:
    return entry in str(await up.entries("storm"))
