"""A process's clock that jumps, by Debian's libfaketime."""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def faked(clock: Path) -> dict[str, str]:
    """The environment of a process whose clock is off by what the file says ("+3600s"), from one call to the next. Its
    monotonic clock stays true. Nothing, where no libfaketime is found."""
    if not LIBRARY.exists():
        return {}
    return {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
