"""Publishers' models in which values anywhere are others: whatever comes, it is a live blog or none, and safe."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings, strategies as st

from services.parser.memo import Memo
from services.parser.tests.fuzz import check
from services.parser.tests.pages import read
from services.parser.tests.states import WAYS, aje_post, aje_shell, as_json, bbc_next, bbc_post, bbc_stream, script
from services.parser.tests.test_guardian import A, article, guardian_page
from services.parser.tests.test_json_models import block, guardian, post
from services.parser.tests.test_state import POSTS
from services.parser.tests.test_structure import posts

BBC_PAGE = bbc_next(bbc_stream(bbc_post(0), bbc_post(1)))
LISTING = {"_items": [post("a"), post("b")], "_meta": {"total": 2, "page": 1, "max_results": 1}}
MODELS = (
    BBC_PAGE,
    {"a": aje_shell(1, 2), "b": aje_post("1"), "c": aje_post("2")},
    guardian(block("b1", title="Summary"), block("b2"), pinnedPost=block("b3")),
    LISTING,
    {"numNewBlocks": 1, "timeline": "", "html": article(A)},
    {"liveUpdates": POSTS},
)
STRUCTURE = f"<html><title>Storm live</title><body><h2>1 March</h2>{posts('12:00', '11:00', '10:00')}</body></html>"
IN_PAGES = tuple(model for model in MODELS if "numNewBlocks" not in model)
"""Those that pages carry in their scripts."""
PAGES = (
    *(make(BBC_PAGE) for make in WAYS.values()),
    *(json.dumps(model).encode() for model in MODELS),
    *(script(f"window.S={as_json(model)};") for model in IN_PAGES),
    guardian_page(article(A, title="Dyke", author="Ana Roth"), article("b" * 24)),
    STRUCTURE.encode(),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["http://[", "#"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@st.composite
def altered(draw: st.DrawFn) -> object:
    """A model in which values anywhere are others."""
    model = json.loads(json.dumps(draw(st.sampled_from(MODELS))))
    for _ in range(draw(st.integers(1, 4))):
        node = model
        for _ in range(draw(st.integers(1, 12))):
            keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = node[key]
            if not isinstance(inner, dict | list) or draw(st.integers(0, 5)) == 0:
                node[key] = draw(VALUES)
                break
            node = inner
    return model


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(altered(), st.booleans())
def test_values_of_other_types(model: object, is_page: bool) -> None:
    source = json.dumps(model)
    check(script(f"window.S={source};") if is_page else source.encode(), "", Memo())


def test_every_page_is_read_when_whole() -> None:
    for page in PAGES:
        assert read(page, timezone="UTC").entries
