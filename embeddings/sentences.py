"""Texts to the sentences that can be quoted of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sentencex import segment

from embeddings.folding import has_words

FEWEST_WORDS: Final = 4  # less is an abbreviation cut off, a heading or a number

_LINE: Final = re.compile(r"\n(?![a-zà-ÿ])")  # one that goes on in lower case is no end

# what sentencex takes for an end and is none: o.a., d.w.z., J.M., and some that it does not list
_CUT_OFF: Final = re.compile(
    r"(?:\b(?:[^\W\d_]\.){2,6}|\b(?:mevr|mw|incl|excl|tel)\."
    r"|\d (?:jan|febr?|mrt|apr|aug|sept?|okt|nov|dec)\.)\s+\Z",
    re.IGNORECASE,
)


def sentences(passages: Iterable[str]) -> list[str]:
    """The sentences of `passages`, in order, each once; those too short to say a thing are out."""
    stripped = ("\n".join(map(str.strip, passage.splitlines())) for passage in passages)
    lines = (line for passage in stripped for line in _LINE.split(passage))
    found = (" ".join(sentence.split()) for line in lines for sentence in _whole(line))
    return [s for s in dict.fromkeys(found) if has_words(s, FEWEST_WORDS)]


def _whole(line: str) -> Iterator[str]:
    """Each sentence, put together again where it was cut after an abbreviation."""
    sentence = ""
    for piece in segment("nl", line):
        sentence += piece
        if not (piece[-1:].isspace() and _CUT_OFF.search(piece)):
            yield sentence
            sentence = ""
    yield sentence
