"""The language of a text: by its commonest small words where they settle it, by py3langid where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from services.enricher.tables import rows
from services.enricher.text import Word

_SAMPLE_WORDS = 60
_LEAST_HITS = 3
_LEAST_SHARE = 0.12
_LEAD = 2.0
_LEAST_LETTERS = 12
"""Below that a text says nothing of its language, unless its script does."""
_SURE = 0.7
_MODEL_CHARACTERS = 1_000


class Model(Protocol):
    def classify(self, instance: str) -> tuple[str, float]:
        """The ISO 639-1 code and its probability."""
        ...


class LanguageFinder:
    """Tells languages; the model is loaded when it is first needed."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._small_words: dict[str, tuple[str, ...]] = {}
        for language, field in rows("small_words.tsv"):
            for word in field.split():
                self._small_words[word] = (*self._small_words.get(word, ()), language)

    def find(self, text: str, words: Sequence[Word], expected: str | None) -> str | None:
        """ISO 639-1, or `expected` (the blog's) where the text is too short to tell, or None."""
        by_words = self._by_small_words(words[:_SAMPLE_WORDS])
        if by_words is not None:
            return by_words
        sample = words[:_SAMPLE_WORDS]
        if sum(len(word.text) for word in sample) < _LEAST_LETTERS and all(w.text.isascii() for w in sample):
            return expected
        if not sample:
            return expected
        language, probability = self._classify(text[sample[0].start : sample[-1].end])
        if probability < _SURE and expected is not None:
            return expected
        return language

    def _by_small_words(self, sample: Sequence[Word]) -> str | None:
        """The language whose small words are frequent here and no other's are."""
        hits: Counter[str] = Counter()
        for word in sample:
            for language in self._small_words.get(word.lower, ()):
                hits[language] += 1
        ranked = hits.most_common(2)
        if not ranked or ranked[0][1] < max(_LEAST_HITS, _LEAST_SHARE * len(sample)):
            return None
        if len(ranked) > 1 and ranked[0][1] < _LEAD * ranked[1][1]:
            return None
        return ranked[0][0]

    def _classify(self, text: str) -> tuple[str, float]:
        if self._model is None:
            self._model = _load_model()
        language, probability = self._model.classify(text[:_MODEL_CHARACTERS])
        return language, float(probability)


def _load_model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
