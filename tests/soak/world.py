"""What is outside Livebell in a soak: live blogs that are written to, an endpoint, and a ledger of both."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from standardwebhooks import Webhook

from tests.liveblog import LiveBlog, LiveBlogs

BLOGS = 40
LISTED = 200
"""Entries that a page holds: more than are written to it while nobody can read it."""
TEXT = "Crews in Denmark answered call {} at the harbour of Esbjerg; two piers are closed until the morning."


@dataclass
class Ledger:
    """Kept apart from all that is tested: when each entry was posted, when its alert came and under which ids."""

    posted: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    waited: dict[str, float] = field(default_factory=dict)
    """Seconds from being seen on its page to the alert."""
    ids: dict[str, set[str]] = field(default_factory=dict)
    repeats: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        return [name for name in self.posted if name not in self.arrived]


class World:
    def __init__(self, rate: float) -> None:
        self.ledger = Ledger()
        self.secret = ""
        self.away: set[str] = set()
        self._rate = rate
        self._blogs = [LiveBlog(f"blog-{number}") for number in range(BLOGS)]
        self._pages = LiveBlogs(*self._blogs)
        self._listed = {blog.name: deque[str]() for blog in self._blogs}
        for blog in self._blogs:
            blog.post(f"{blog.name}-first", "First", "Taken in quietly.")

    def names(self) -> list[str]:
        return [blog.name for blog in self._blogs]

    def pages(self) -> web.Application:
        return self._app("pages", self._pages.app())

    def endpoint(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        return self._app("endpoint", app)

    async def write(self) -> None:
        """Posts entries at the rate, until cancelled."""
        started, number = time.monotonic(), 0
        while True:
            await asyncio.sleep(max(0.0, started + number / self._rate - time.monotonic()))
            blog = self._blogs[number % BLOGS]
            name = f"post-{number}"
            blog.post(name, f"Report {number} from Esbjerg", TEXT.format(number))
            self.ledger.posted[name] = time.time()
            listed = self._listed[blog.name]
            listed.append(name)
            if len(listed) > LISTED:
                del blog.posts[listed.popleft()]
            number += 1

    def _app(self, name: str, app: web.Application) -> web.Application:
        @web.middleware
        async def here(request: web.Request, handler: web.Handler) -> web.StreamResponse:
            return web.Response(status=503) if name in self.away else await handler(request)

        app.middlewares.append(here)
        return app

    async def _receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            body = Webhook(self.secret).verify(raw, dict(request.headers))
        except Exception as error:  # a signature that does not hold, or too old a time
            self.ledger.errors.append(repr(error))
            return web.Response(status=400)
        entry, name = body["data"]["entry"]["id"], request.headers["webhook-id"]
        ids = self.ledger.ids.setdefault(entry, set())
        self.ledger.repeats += name in ids
        ids.add(name)
        if entry not in self.ledger.arrived:
            self.ledger.arrived[entry] = now = time.time()
            self.ledger.waited[entry] = now - datetime.fromisoformat(body["data"]["seen_at"]).timestamp()
        return web.Response(status=204)
