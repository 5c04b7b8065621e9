"""The operator looks at a live blog before it is watched: gateway, fetcher and parser, each its own process."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from tests.liveblog import LiveBlog, LiveBlogs
from tests.stack import Stack, livebell_up, serving

TEST = "/api/v1/sources/test"


async def refused(up: Stack, url: str, **rest: object) -> tuple[int, str]:
    status, problem = await up.api("POST", TEST, {"url": url, **rest})
    return status, problem["detail"]


async def robots(_: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nDisallow: /storm")


async def plain(_: web.Request) -> web.Response:
    return web.Response(text="<p>No news</p>", content_type="text/html")


async def test_the_operator_sees_what_would_be_read_and_nothing_is_kept(tmp_path: Path) -> None:
    storm = LiveBlog("storm")
    storm.post("one", "Ferries stop", "No ferry leaves Esbjerg tonight.")
    storm.post("two", "", "A dyke near Ribe is being watched.")
    pages = LiveBlogs(storm).app()
    pages.router.add_get("/robots.txt", robots)
    pages.router.add_get("/plain", plain)
    async with serving(pages) as site, livebell_up(tmp_path / "data") as up:
        status, found = await up.api("POST", TEST, {"url": f"{site}/storm"})
        assert status == 200, found
        assert (found["url"], found["format"], found["entries"], found["with_times"]) == (
            f"{site}/storm",
            "jsonld",
            2,
            2,
        )
        assert sorted(entry["title"] for entry in found["newest"]) == [
            "A dyke near Ribe is being watched.",
            "Ferries stop",
        ]
        assert any("robots.txt" in doubt for doubt in found["doubtful"])

        status, said = await refused(up, f"{site}/gone")
        assert (status, said.startswith(f"{site}/gone: The page does not exist (404)")) == (422, True)
        status, said = await refused(up, f"{site}/plain")
        assert (status, said.startswith(f"{site}/plain: No live blog found")) == (422, True)
        for url in (
            "http://169.254.169.254/latest",
            "http://10.0.0.1/",
            "ftp://news.example/x",
            "http://user:pw@127.0.0.1/",
        ):
            status, said = await refused(up, url)
            assert (status, said.startswith("url: ")) == (400, True), said
        assert (await refused(up, f"{site}/storm", timezone="Mars/Base"))[0] == 400
        status, _ = await up.api("POST", TEST, {"url": f"{site}/storm"}, token=None)
        assert status == 401
        assert (await up.api("GET", "/api/v1/sources"))[1] == {"sources": []}
