from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.enricher.enrichment import Enricher, load
from shared.messages import Enrichment
from shared.records import Blog, Entry

Enrich = Callable[..., Enrichment]


@pytest.fixture(scope="session")
def enricher() -> Enricher:
    return load()


@pytest.fixture
def enrich(enricher: Enricher) -> Enrich:
    def enrich_text(text: str, title: str | None = None, blog: Blog | None = None, **more: object) -> Enrichment:
        return enricher.enrich(Entry(id="1", title=title, text=text, **more), blog)

    return enrich_text


@pytest.fixture
def testdata() -> Path:
    return Path(__file__).parent / "testdata"
