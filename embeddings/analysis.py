"""Text to terms: lower case, no accents, Dutch stop words out, Snowball stems.

For other languages the stems are merely consistent and the stop words rare: what remains is
plain word matching.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from importlib import resources
from typing import Any, Final

ANALYSIS_VERSION: Final = "nl-snowball-2"  # part of an index's identity: change both together

_TOKEN: Final = re.compile(r"[^\W_]{2,}")
_local: Final = threading.local()  # a Stemmer is not safe across threads


def terms(text: str) -> list[str]:
    """The stems of `text` in order, stop words left out."""
    return _stems(_TOKEN.findall(_folded(text)))


def words_by_term(text: str) -> dict[str, str]:
    """Each stem of `text` with the first word that was written for it."""
    words: dict[str, str] = {}
    for word in _TOKEN.findall(unicodedata.normalize("NFKC", text)):
        for stem in _stems(_TOKEN.findall(_folded(word))):
            words.setdefault(stem, word)
    return words


def _stems(folded: list[str]) -> list[str]:
    stop = _stop_words()
    return list(_stemmer().stemWords([word for word in folded if word not in stop]))


def _folded(text: str) -> str:
    """Lower case without accents, compatibility characters (㎡, ™, ﬁ) written out."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).lower())
    if decomposed.isascii():
        return decomposed
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
