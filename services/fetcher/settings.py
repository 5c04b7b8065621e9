from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.settings import CommonSettings


class Settings(CommonSettings, frozen=True, kw_only=True):
    sources_file: Annotated[
        str, Meta(description="A TOML file of live blogs to watch; read when the service starts.")
    ] = ""
    user_agent: Annotated[
        str, Meta(description="How we name ourselves to publishers; it should say how to reach whoever runs this.")
    ] = "Livebell/0.1 (+https://livebell.example; live-blog alerts)"
    fetch_timeout: Annotated[
        float, Meta(gt=0, le=300, description="Seconds for one look at a page, redirects and all.")
    ] = 20.0
    fetches_at_once: Annotated[int, Meta(ge=1, le=10_000, description="Pages being fetched at the same time.")] = 100
    fetches_at_once_per_host: Annotated[
        int, Meta(ge=1, le=1000, description="Pages being fetched from one host at the same time.")
    ] = 8
    max_page_bytes: Annotated[
        int, Meta(ge=1000, description="The largest page that is read, in bytes when unpacked.")
    ] = 10 * 2**20
    failing_after: Annotated[
        int, Meta(ge=1, description="After so many failures in a row subscribers are told that a source fails.")
    ] = 3
    max_backlog: Annotated[
        int, Meta(ge=1, description="With more pages than this waiting for the parsers, nothing is fetched.")
    ] = 500
