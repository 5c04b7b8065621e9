from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.channels.push_hosts import KNOWN_PUSH_HOSTS
from shared.settings import CommonSettings

LOCAL_URL = "http://127.0.0.1:8000/"


class Settings(CommonSettings, frozen=True, kw_only=True):
    admin_token: Annotated[
        str, Meta(description="The operator's token: adds and removes sources, lists subscriptions. None may if empty.")
    ] = ""
    vapid_private_key: Annotated[
        str,
        Meta(
            description="The key that Web Push is signed with, as `livebell keys vapid` prints it; made once if empty."
        ),
    ] = ""
    push_hosts: Annotated[
        tuple[str, ...], Meta(description="Hosts that a push endpoint may lie on; *. stands for any subdomain.")
    ] = KNOWN_PUSH_HOSTS
    public_url: Annotated[
        str, Meta(description="Where readers find the gateway's page: where a notification leads that names no entry.")
    ] = LOCAL_URL
    max_subscriptions: Annotated[int, Meta(ge=1, description="No more subscriptions than this are taken.")] = 1_000_000
    subscribe_per_minute: Annotated[
        int, Meta(ge=1, description="Subscriptions that one client address may make in a minute.")
    ] = 30
    secret_overlap: Annotated[
        float,
        Meta(
            ge=0,
            le=2_592_000,
            description="Seconds for which a webhook's old secret is signed with too after another took over.",
        ),
    ] = 86_400.0
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="CIDRs of proxies whose X-Forwarded-For names the client.")
    ] = ()
    requests_per_minute: Annotated[
        int, Meta(ge=1, description="Requests to the API and the feeds that one client address may make in a minute.")
    ] = 6000
    cors_origins: Annotated[
        tuple[str, ...],
        Meta(description="Origins whose pages may call the API, as https://desk.example; * for all. None if empty."),
    ] = ()
    streams_per_client: Annotated[
        int, Meta(ge=1, description="Event streams that one client address may hold open in one gateway.")
    ] = 200
