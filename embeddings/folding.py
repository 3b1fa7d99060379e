"""Text to words: lower case, no accents, so that both ways of writing are one."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]{2,}")


def folded(text: str) -> str:
    """Lower case without accents, compatibility characters (㎡, ™, ﬁ) written out."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).lower())
    if decomposed.isascii():
        return decomposed
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The words of two letters and more, in order, as `text` writes them."""
    return _WORD.findall(text)
