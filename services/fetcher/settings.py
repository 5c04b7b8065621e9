from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.settings import CommonSettings


class Settings(CommonSettings, frozen=True, kw_only=True):
    sources_file: Annotated[
        str, Meta(description="A TOML file of live blogs to watch; read again when it changes.")
    ] = ""
    user_agent: Annotated[
        str, Meta(min_length=1, description="How we name ourselves to publishers; the contact is added to it.")
    ] = "Livebell/0.1"
    contact: Annotated[
        str, Meta(description="How publishers reach whoever runs this: a mail address or a page; in the user agent.")
    ] = ""
    robots: Annotated[bool, Meta(description="Whether what a site's robots.txt disallows is left alone.")] = True
    fetch_proxy: Annotated[
        str,
        Meta(description="An HTTP proxy for all fetches, http://host:port; targets are checked before it is asked."),
    ] = ""
    fetch_timeout: Annotated[
        float, Meta(gt=0, le=300, description="Seconds for one look at a page, redirects and all.")
    ] = 20.0
    fetches_at_once: Annotated[int, Meta(ge=1, le=10_000, description="Pages being fetched at the same time.")] = 100
    fetches_at_once_per_host: Annotated[
        int, Meta(ge=1, le=1000, description="Pages being fetched from one host at the same time.")
    ] = 8
    host_gap: Annotated[
        float,
        Meta(ge=0, le=60, description="Seconds between two requests to one host; its crawl-delay may ask for more."),
    ] = 0.1
    slowest_times: Annotated[
        float,
        Meta(
            ge=1,
            le=1000,
            description="A quiet source is polled at most so many times less often than its `every`; its own `slowest` "
            "comes first.",
        ),
    ] = 20.0
    max_fresh: Annotated[
        float,
        Meta(
            ge=0,
            le=86_400,
            description="Seconds: an answer whose Cache-Control calls it fresh is good for so long at most.",
        ),
    ] = 60.0
    max_page_bytes: Annotated[
        int, Meta(ge=1000, description="The largest page that is read, in bytes when unpacked.")
    ] = 10 * 2**20
    failing_after: Annotated[
        int, Meta(ge=1, description="After so many failures in a row subscribers are told that a source fails.")
    ] = 3
    max_backlog: Annotated[
        int, Meta(ge=1, description="With more pages than this waiting for the parsers, nothing is fetched.")
    ] = 500

    @property
    def full_user_agent(self) -> str:
        """With the contact, as crawlers write it."""
        contact = self.contact if "@" in self.contact or not self.contact else f"+{self.contact}"
        return f"{self.user_agent} ({contact})" if contact else self.user_agent
