"""The garbage collector, spared what it would look through in vain: what was loaded, and what is under way."""

from __future__ import annotations

import gc

ALLOCATIONS = 50_000
"""Many requests under way hold many objects that are no garbage: Python's default of 700 looks through them all day."""


def spare_collector() -> None:
    """To be called once what stays has been loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
