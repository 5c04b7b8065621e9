"""As many open files as the requests under way ask for."""

from __future__ import annotations

import contextlib
import resource

SPARE = 1024


def allow_sockets(wanted: int) -> None:
    """Raises this process's own limit, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE if hard == resource.RLIM_INFINITY else min(wanted + SPARE, hard)
    if soft < needed:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
