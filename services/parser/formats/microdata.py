"""schema.org LiveBlogPosting in microdata: entries as `itemprop="liveBlogUpdate"`, or a typed wrapper around entries
that carry no properties at all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import msgspec
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.clean import body
from services.parser.document import Document
from services.parser.formats.dom import Dialect, not_within_others, page_title, read_nodes
from services.parser.formats.itemprops import properties, with_mended_quotes
from services.parser.formats.schema import Posting, Update, blog_of, entry_of, lies_of
from services.parser.limits import BODY_TAGS, ENTRIES, ITEM_DEPTH, LEAVES, SECOND_TREE_TAGS
from services.parser.readings import STRUCTURED, Reading
from services.parser.tangles import is_tangled
from services.parser.times import TIME_CHARACTERS, ago, clock_time, moment
from services.parser.wording import folded
from shared.records import Blog, Entry

_WRAPPER = '[itemscope][itemtype*="LiveBlogPosting" i]'
SAMPLE = 6
"""So many entries tell whether all repeat what is the page's."""
_TYPED = '[itemtype*="BlogPosting" i]'
_UPDATE = '[itemprop~="liveBlogUpdate" i]'
_POSTING = '[itemscope][itemtype*="BlogPosting" i]:not([itemtype*="LiveBlogPosting" i])'
_NUMBERS = re.compile(r"[0-9a-f]{8,}|[0-9]+", re.IGNORECASE)
_PLAIN = Dialect(name="microdata", entry="", title="h1, h2, h3, h4, h5, h6")
_WITHIN = "div, section, article, p, span, td"


def read_microdata(document: Document) -> Reading | None:
    if not document.is_markup or document.tree.css_first("[itemtype]") is None:
        return None
    if document.tree.css_first(_TYPED) is None:
        return None
    tree = _tree(document)
    updates, wrapper = _updates(tree)
    if not updates:
        return _unmarked(tree, document)
    posting = _posting(wrapper)
    blog = _blog(posting, document)
    sample = [_update(node, "") for node in updates[:: max(1, len(updates) // SAMPLE)]]
    entries = _entries(updates, lies_of(posting, blog, sample), document)
    return Reading(kind=STRUCTURED, blog=blog, entries=tuple(entries))


def _tree(document: Document) -> LexborHTMLParser:
    text = with_mended_quotes(document.text)
    return document.tree if text == document.text or is_tangled(text, SECOND_TREE_TAGS) else LexborHTMLParser(text)


def _updates(tree: LexborHTMLParser) -> tuple[list[LexborNode], LexborNode | None]:
    """The entries of the live blog that has most of them, and its wrapper."""
    found: dict[int, list[LexborNode]] = defaultdict(list)
    around: dict[int, LexborNode | None] = {}
    for node in not_within_others(tree.css(_UPDATE) or tree.css(f"{_WRAPPER} {_POSTING}"))[:ENTRIES]:
        wrapper = _wrapper_of(node)
        name = wrapper.mem_id if wrapper is not None else 0
        found[name].append(node)
        around[name] = wrapper
    if not found:
        return [], None
    most = max(found, key=lambda name: len(found[name]))
    return found[most], around[most] if most else tree.css_first(_WRAPPER)


def _wrapper_of(node: LexborNode) -> LexborNode | None:
    above = node.parent
    for _ in range(LEAVES):
        if above is None:
            break
        if "LiveBlogPosting" in (above.attributes.get("itemtype") or ""):
            return above
        above = above.parent
    return None


def _blog(posting: Posting, document: Document) -> Blog:
    blog = blog_of(posting, document, "microdata")
    return blog if blog.title else replace(blog, title=page_title(document.tree))


def _posting(wrapper: LexborNode | None) -> Posting:
    return msgspec.convert(properties(wrapper) if wrapper is not None else {}, Posting)


def _entries(nodes: list[LexborNode], lies: frozenset[str], document: Document) -> Iterator[Entry]:
    by = " ".join(("microdata", *sorted(lies)))
    for node in nodes:
        if document.is_late:
            return
        markup = node.html or ""
        if is_tangled(markup, BODY_TAGS):
            continue
        element = _element_id(node)
        make = partial(_entry, markup, element, lies, document)
        entry = document.entry(by, f"{element}\x1f{markup}", make)
        if entry.id or entry.title or entry.text or entry.html or entry.images:
            yield entry


def _element_id(node: LexborNode) -> str:
    """The id of the entry's element, or of one that holds nothing else."""
    if own := node.attributes.get("id"):
        return own
    around = node.parent
    alone = around is not None and len(around.css(_UPDATE)) == 1
    return (around.attributes.get("id") or "") if alone and around is not None else ""


def _entry(markup: str, element: str, lies: frozenset[str], document: Document) -> Entry:
    copy = LexborHTMLParser(markup).body
    node = copy.child if copy is not None else None
    if node is None:
        return Entry(id="")
    entry = entry_of(_update(node, ""), document, lies)
    return entry if entry.id or not element else entry_of(_update(node, f"#{element}"), document, lies)


def _update(node: LexborNode, address: str) -> Update:
    said = properties(node)
    said["articleBody"] = _whole_body(said, node)
    return msgspec.convert({**said, "@id": address} if address else said, Update)


def _whole_body(said: dict[str, object], node: LexborNode) -> object:
    """The entry's body as it is shown, where that says the very words of the property, which knows no paragraphs."""
    value = said.get("articleBody") or said.get("text")
    if not isinstance(value, str) or "<p" in value or not (words := _letters(body(value)[0])):
        return value
    title = said.get("headline")
    head = _letters(title) if isinstance(title, str) else ""
    shown = value
    for part in node.css(_WITHIN)[:LEAVES]:
        seen = _letters(part.text(separator=" "))
        if seen == words:
            shown = part.html or value
        elif head and seen == head + words and (first := part.child) is not None:
            # The title stands before the body in one and the same element.
            while first is not None and _letters(first.text(separator=" ") if first.is_element_node else "") != head:
                first = first.next
            if first is not None:
                first.decompose()
                shown = part.html or value
    return shown


def _letters(text: str) -> str:
    return folded(text).replace(" ", "")


def _unmarked(tree: LexborHTMLParser, document: Document) -> Reading | None:
    """Entries in a wrapper that is typed while nothing in it is: like elements with ids, of which most show a time."""
    for wrapper in tree.css(_WRAPPER)[:ITEM_DEPTH]:
        markup = wrapper.html or ""
        if is_tangled(markup, SECOND_TREE_TAGS) or document.is_late:
            continue
        # A tree of its own, since the times are taken out of it.
        own = LexborHTMLParser(markup).css_first(_WRAPPER)
        nodes, leaves = _alike(own, document) if own is not None else ([], [])
        shown = [leaf.text() if leaf is not None else None for leaf in leaves]
        for leaf in leaves:
            if leaf is not None:
                leaf.decompose()
        reading = read_nodes(document, _PLAIN, nodes)
        if reading is None:
            continue
        inferred = document.clock.inferred
        times = document.clock.shown(shown[: len(reading.entries)])
        dated = (replace(entry, published_at=at) for entry, at in zip(reading.entries, times, strict=True))
        return Reading(
            kind=reading.kind,
            blog=_blog(_posting(wrapper), document),
            entries=tuple(entry for entry in dated if entry.title or entry.text or entry.images),
            inferred=document.clock.inferred > inferred,
        )
    return None


def _alike(wrapper: LexborNode, document: Document) -> tuple[list[LexborNode], list[LexborNode | None]]:
    """The largest set of like elements that show times, outermost ones only, and where each shows its time."""
    kinds: dict[tuple[str, str], list[LexborNode]] = defaultdict(list)
    for node in wrapper.css("[id]")[:ENTRIES]:
        name = node.attributes.get("id") or ""
        if node.mem_id != wrapper.mem_id and _NUMBERS.search(name):
            kinds[node.tag or "", _NUMBERS.sub("#", name)].append(node)
    found: tuple[list[LexborNode], list[LexborNode | None]] = [], []
    most = 1
    for nodes in kinds.values():
        outer = not_within_others(nodes)
        if len(outer) <= most or document.is_late:
            continue
        outer = [node for node in outer if not is_tangled(node.html or "", BODY_TAGS)]
        leaves = [_time_leaf(node) for node in outer]
        count = sum(leaf is not None for leaf in leaves)
        if count > most and count * 2 >= len(outer):
            most, found = count, (outer, leaves)
    return found


def _time_leaf(node: LexborNode) -> LexborNode | None:
    """The first element within that shows a time and nothing else."""
    for leaf in node.css("time, span, div, b, strong, p, em, small, a, td")[:LEAVES]:
        said = leaf.text(deep=False).strip()
        if not said or len(said) > TIME_CHARACTERS or not (clock_time(said) or ago(said) or moment(said)):
            continue
        if leaf.mem_id != node.mem_id and leaf.text().strip() == said:
            return leaf
    return None
