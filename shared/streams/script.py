"""A Lua script that the server keeps: sent once, then called by its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError


class Script:
    """Called with the keys (all in one slot) and arguments.

    The source begins with `#!lua`, so that a server out of memory refuses it before its first write.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def beside(cls, module: str, name: str) -> Script:
        """The script in the file `name` beside the module whose `__file__` is given."""
        return cls((Path(module).parent / name).read_text())

    async def __call__(self, client: Redis, keys: Sequence[str], args: Sequence[bytes | str | int | float]) -> Any:
        try:
            return await client.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await client.eval(self._source, len(keys), *keys, *args)
