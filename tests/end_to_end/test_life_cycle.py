"""A blog closes and leads to the next page: both are told, and that page rings for the same source."""

from __future__ import annotations

from pathlib import Path

from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import WebhookReceiver
from tests.stack import livebell_up, serving, until

FAREWELL = 'This live blog is now closed. Follow <a href="/live-storm-2">our new live blog</a> for the latest.'


async def test_a_blog_that_moves_is_followed_under_its_name(tmp_path: Path) -> None:
    today, tomorrow = LiveBlog("live-storm-1"), LiveBlog("live-storm-2", title="Storm, day two")
    today.post("one", "Ferries stop", "No ferry leaves Esbjerg tonight.")
    hook = WebhookReceiver()
    async with (
        serving(LiveBlogs(today, tomorrow).app()) as blogs,
        serving(hook.app()) as hook_url,
        livebell_up(
            tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/live-storm-1"\nevery = 0.3\n'
        ) as up,
    ):
        wanted = {"sources": ["storm"], "changes": ["created", "closed", "moved"]}
        made = await up.subscribe({"type": "webhook", "url": f"{hook_url}/hook"}, filter=wanted)
        hook.secret = made["secret"]
        await until(lambda: up.knows("storm", 1))

        tomorrow.post("first", "A calmer morning", "The wind has dropped over Jutland.")
        today.post("last", "Good night", FAREWELL)
        await until(lambda: {"blog.closed", "blog.moved"} <= {delivery.kind for delivery in hook.received})
        await until(lambda: "first" in [delivery.entry for delivery in hook.of("entry.created")])
        tomorrow.post("second", "Ferries sail again", "The first ferry has left Esbjerg.")
        await until(lambda: "second" in [delivery.entry for delivery in hook.of("entry.created")])

    assert hook.errors == []
    assert [delivery.entry for delivery in hook.of("entry.created")] == ["last", "first", "second"]
    [moved] = hook.of("blog.moved")
    assert moved.body["data"]["blog"]["next_url"].endswith("/live-storm-2")
