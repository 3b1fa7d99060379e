"""Text to terms: lower case, no accents, Dutch stop words out, lemmas, stems, compound parts.

For other languages the stems are merely consistent, lemmas and stop words rare: what remains
is plain word matching.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from embeddings.compounds import Compounds, dutch
from embeddings.folding import folded, lower_words, words
from embeddings.recipe import Words

ANALYSIS_VERSION: Final = "nl-compounds-4"  # part of an index's identity: change both together

_REMEMBERED: Final = 100_000  # words whose terms are kept
_local: Final = threading.local()  # a Stemmer is not safe across threads


def stems(text: str) -> list[str]:
    """The stems of `text` in order, stop words left out: what everyone does."""
    return [_stem(word) for word in content_words(text)]


def content_words(text: str) -> list[str]:
    """The folded words of `text` in order, stop words left out."""
    stop = stop_words()
    return [word for word in map(folded, lower_words(text)) if word not in stop]


class Analyser:
    """Terms by which texts of one corpus meet. Safe from several threads.

    The term of a word is the stem of its lemma, which keeps gepest and pesten together; a
    compound adds the terms of its parts.
    """

    def __init__(self, compounds: Compounds, words: Words = Words.COMPOUNDS) -> None:
        self.compounds = compounds
        self._words = words
        self.terms_of = lru_cache(_REMEMBERED)(self._word_terms)  # of a folded word

    @classmethod
    def from_frequency(
        cls, frequency: Mapping[str, int], words: Words = Words.COMPOUNDS
    ) -> Analyser:
        """One that knows the words of a corpus, given in how many texts each is, as parts."""
        return cls(Compounds(frequency), words)

    def terms(self, text: str) -> list[str]:
        """The terms of `text` in order, a compound's own before those of its parts."""
        return [term for word in content_words(text) for term in self.terms_of(word)]

    def words_by_term(self, text: str) -> dict[str, str]:
        """Each term of `text` with the first word that was written for it."""
        written: dict[str, str] = {}
        for word in words(unicodedata.normalize("NFKC", text)):
            for term in self.terms(word):
                written.setdefault(term, word)
        return written

    def _word_terms(self, word: str) -> tuple[str, ...]:
        if self._words is Words.STEMS:
            return (_stem(word),)
        parts = self.compounds.split(word) if self._words is Words.COMPOUNDS else ()
        return tuple(_stem(dutch().lemma(each) or each) for each in (word, *parts))


def _stem(word: str) -> str:
    if not hasattr(_local, "stemmer"):
        import Stemmer

        _local.stemmer = Stemmer.Stemmer("dutch")
    stemmer: Any = _local.stemmer
    return str(stemmer.stemWord(word))


@cache
def stop_words() -> frozenset[str]:
    """Snowball's Dutch stop words, folded like the text."""
    text = resources.files("embeddings").joinpath("stopwords_nl.txt").read_text(encoding="utf-8")
    lines = (line.split("|", 1)[0].strip() for line in text.splitlines())
    return frozenset(folded(line) for line in lines if line)
