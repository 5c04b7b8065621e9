"""The operator's token of `livebell up`: the one that the environment gives, else one made once for the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def operator_token(data: Path) -> str:
    if token := os.environ.get("LIVEBELL_ADMIN_TOKEN"):
        return token
    if named := os.environ.get("LIVEBELL_ADMIN_TOKEN_FILE"):
        return Path(named).read_text().strip()
    kept = data / "operator-token"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(32) + "\n")
    return kept.read_text().strip()
