"""Text to terms: lower case, no accents, Dutch stop words out, Snowball stems.

For other languages the stems are merely consistent and the stop words rare: what remains is
plain word matching.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, Final

ANALYSIS_VERSION: Final = "nl-snowball-2"  # part of an index's identity: change both together

_TOKEN: Final = re.compile(r"[^\W_]{2,}")
_local: Final = threading.local()  # a Stemmer is not safe across threads


def terms(text: str) -> list[str]:
    """The stems of `text` in order, stop words left out."""
    return [stem for stem, _ in stems_and_words(text)]


def stems_and_words(text: str) -> Iterator[tuple[str, str]]:
    """Each (stem, word as written) of `text`, stop words left out."""
    words = _TOKEN.findall(text)
    folded = [_folded(word) for word in words]
    stems = _stemmer().stemWords(folded)
    for word, plain, stem in zip(words, folded, stems, strict=True):
        if plain not in _stop_words():
            yield stem, word


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _stemmer() -> Any:
    if not hasattr(_local, "stemmer"):
        import Stemmer

        _local.stemmer = Stemmer.Stemmer("dutch")
    return _local.stemmer


@cache
def _stop_words() -> frozenset[str]:
    """Snowball's Dutch stop words, folded like the text."""
    text = resources.files("embeddings").joinpath("stopwords_nl.txt").read_text(encoding="utf-8")
    lines = (line.split("|", 1)[0].strip() for line in text.splitlines())
    return frozenset(_folded(line) for line in lines if line)
