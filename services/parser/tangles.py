"""Markup that is knotted to stall whoever builds a tree of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

FEW_TAGS = 4_000
"""No knot of so few takes a second."""
MOST_OPEN = 600
"""Elements inside one another; real pages have some 40."""
MOST_FORMATTING = 60
"""Formatting elements that stand open: each is opened again in every block that follows."""

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_FORMATTING = frozenset("b i s u em tt big code font nobr small strike strong".split())
_INLINE = _FORMATTING | frozenset(
    "a abbr bdi bdo cite data del dfn ins kbd label mark q samp span sub sup time var".split()
)
_BOUNDS = frozenset("applet button caption marquee math object select svg table td template th".split())
"""Elements that an end tag does not reach beyond."""
_CLOSED_BY_THE_NEXT = frozenset("dd dt li option p td th tr".split())
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_SEARCHED = 64
"""So far up an end tag's element is looked for: what is not found stays open, which errs on the safe side."""


def is_tangled(markup: str, most_tags: int) -> bool:
    """Whether a tree of it might take time or memory out of all proportion. Little markup is passed at once; of much,
    what stands open at any place is bounded from above."""
    tags = markup.count("<")
    if tags > most_tags:
        return True
    return tags > FEW_TAGS and _is_knotted(markup)


def _is_knotted(markup: str) -> bool:
    stack: list[str] = []
    for part in _outside_scripts(markup):
        for end, written in _TAG.findall(part):
            name = written.lower()
            if end:
                _close(stack, name)
            elif name not in _VOID and not (stack and stack[-1] == name and name in _CLOSED_BY_THE_NEXT):
                stack.append(name)
                if len(stack) > MOST_OPEN or (name in _FORMATTING and _formatting(stack) > MOST_FORMATTING):
                    return True
    return False


def _close(stack: list[str], name: str) -> None:
    """Takes off what an end tag surely closes."""
    for at in range(len(stack) - 1, max(-1, len(stack) - 1 - _SEARCHED), -1):
        if stack[at] == name:
            del stack[at:]
            return
        if stack[at] in _BOUNDS or (name in _INLINE and stack[at] not in _INLINE):
            return


def _formatting(stack: list[str]) -> int:
    return sum(name in _FORMATTING for name in stack)


def _outside_scripts(markup: str) -> Iterator[str]:
    """The markup without what stands in scripts and styles, where a "<" opens nothing."""
    done = 0
    begins = {name: markup.find(f"<{name}") for name in ("script", "style")}
    while there := {name: at for name, at in begins.items() if at >= 0}:
        name = min(there, key=there.__getitem__)
        yield markup[done : there[name]]
        done = markup.find(f"</{name}", there[name])
        if done < 0:
            return
        begins |= {other: markup.find(f"<{other}", done) for other, at in there.items() if at < done}
    yield markup[done:]
