"""Markup that is knotted to stall whoever builds a tree of it."""

from __future__ import annotations

import re

from services.parser.limits import TANGLES

FEW_TAGS = 4_000
"""No knot of so few takes a second."""
# Links are formatting too, but one closes the one before: they never pile up, and real pages have hundreds.
_FORMATTING = re.compile(r"<(?:[bisu]|em|tt|big|code|font|nobr|small|strike|strong)[\s/]", re.IGNORECASE)


def is_tangled(markup: str, most_tags: int) -> bool:
    """Whether a tree of it might take time or memory out of all proportion, by a bound that is cheap to take."""
    tags = markup.count("<")
    if tags > most_tags:
        return True
    return tags > FEW_TAGS and tags * sum(1 for _ in _FORMATTING.finditer(markup)) > TANGLES
