from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.settings import CommonSettings


class Settings(CommonSettings, frozen=True, kw_only=True):
    max_alert_age: Annotated[
        float,
        Meta(gt=0, description="Seconds: an entry that is older when first seen is taken in without alerting anybody."),
    ] = 1800.0
    known_entries: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Entries of a source that are remembered, more only where its page lists more; "
            "what changed longest ago is forgotten.",
        ),
    ] = 10_000
