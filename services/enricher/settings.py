from __future__ import annotations

from shared.settings import CommonSettings


class Settings(CommonSettings, frozen=True, kw_only=True):
    pass
