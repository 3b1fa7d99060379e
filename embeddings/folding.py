"""Text to words: lower case, no accents, so that both ways of writing are one."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import Final

_WORD: Final = re.compile(r"(?:[^\W_][\u0300-\u036f]*){2,}")  # with accents apart from letters
_PLAIN_WORD: Final = re.compile(r"[a-z0-9]{2,}")  # the same, of what is plain


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


def folded_words(text: str) -> list[str]:
    """The same of a text that is :func:`folded`, in a third of the time."""
    return (_PLAIN_WORD if text.isascii() else _WORD).findall(text)


def has_words(text: str, count: int) -> bool:
    """Whether `text` has at least `count` of :func:`words`; it looks no further."""
    return len(list(islice(_WORD.finditer(text), count))) == count
