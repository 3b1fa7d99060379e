"""Text to words: lower case, no accents, so that both ways of writing are one."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import Final

_WORD: Final = re.compile(r"(?:[^\W_][\u0300-\u036f]*){2,}")  # with accents apart from letters
_WHOLE_WORD: Final = re.compile(r"\w{2,}")  # the same, where there are none and no underscores
_APART: Final = re.compile(r"[\u0300-\u036f]")


class _Unaccented(dict[int, int | None]):
    """For str.translate: what combines with the letter before it goes."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.combining(chr(code)) else code
        return self[code]


_UNACCENTED: Final = _Unaccented()


def folded(text: str) -> str:
    """Lower case without accents, compatibility characters (㎡, ™, ﬁ) written out."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).lower())
    return decomposed.translate(_UNACCENTED)


def words(text: str) -> list[str]:
    """The words of two letters and more, in order, as `text` writes them."""
    return _WORD.findall(text)


def lower_words(text: str) -> list[str]:
    """The same, in lower case and compatibility characters written out: what is left to fold."""
    lower = unicodedata.normalize("NFKC", text).lower()
    if _APART.search(lower):
        return _WORD.findall(lower)
    return _WHOLE_WORD.findall(lower.replace("_", " "))


def has_words(text: str, count: int) -> bool:
    """Whether `text` has at least `count` of :func:`words`; it looks no further."""
    return len(list(islice(_WORD.finditer(text), count))) == count
