from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.settings import CommonSettings


class Settings(CommonSettings, frozen=True, kw_only=True):
    urgency_table: Annotated[
        str,
        Meta(
            description="A file of what raises and lowers urgency, in place of ours (see enrichment.md); ours if empty."
        ),
    ] = ""
    spacy_model: Annotated[
        str,
        Meta(
            description="The folder of a spaCy model that adds people and organisations; none if empty. Needs the "
            "extra `spacy`."
        ),
    ] = ""
