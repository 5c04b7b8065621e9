from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """What is well, doubtful or wrong with a part of the installation, and how to mend it."""

    level: Literal["ok", "warning", "failure"]
    subject: str
    says: str
    mend: str = ""
