from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.channels.push_hosts import KNOWN_PUSH_HOSTS
from shared.settings import CommonSettings


class Settings(CommonSettings, frozen=True, kw_only=True):
    vapid_private_key: Annotated[
        str,
        Meta(
            description="The key that Web Push is signed with, as `livebell keys vapid` prints it; made once if empty."
        ),
    ] = ""
    vapid_subject: Annotated[
        str,
        Meta(description="Whom a push service may write to about our pushes: mailto: or https:."),
    ] = "mailto:livebell@example.org"
    push_hosts: Annotated[
        tuple[str, ...], Meta(description="Hosts that a push endpoint may lie on; *. stands for any subdomain.")
    ] = KNOWN_PUSH_HOSTS
    delivery_timeout: Annotated[
        float, Meta(gt=0, le=120, description="Seconds that an endpoint may take to answer.")
    ] = 20.0
    deliveries_at_once: Annotated[
        int, Meta(ge=1, le=10_000, description="Requests under way at the same time, without those that take long.")
    ] = 500
    slow_deliveries: Annotated[
        int,
        Meta(ge=1, le=50_000, description="Requests that have taken longer than 0.25 s, under way at the same time."),
    ] = 4000
    deliveries_at_once_per_host: Annotated[
        int,
        Meta(ge=1, le=10_000, description="Requests under way to one host at the same time, without the slow ones."),
    ] = 200
    deliveries_at_once_per_endpoint: Annotated[
        int, Meta(ge=1, le=1000, description="Requests under way to one webhook endpoint at the same time.")
    ] = 8
    deliveries_per_second_per_endpoint: Annotated[
        float,
        Meta(gt=0, le=10_000, description="Requests a second to one webhook endpoint; each replica counts its own."),
    ] = 100.0
    disable_after_days: Annotated[
        float, Meta(gt=0, description="Days after which a webhook that has taken nothing is disabled.")
    ] = 5.0
    batches_at_once: Annotated[
        int, Meta(ge=1, le=1000, description="Delivery batches worked on at the same time: a slow one delays no other.")
    ] = 64
    retry_schedule: Annotated[
        tuple[float, ...],
        Meta(description="Seconds to wait before each retry; Standard Webhooks' own schedule by default."),
    ] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    public_url: Annotated[
        str, Meta(description="Where readers find the gateway's page: where a notification leads that names no entry.")
    ] = "http://127.0.0.1:8000/"
