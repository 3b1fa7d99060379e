"""Texts to the sentences that can be quoted of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sentencex import segment

from embeddings.folding import words

FEWEST_WORDS: Final = 4  # less is an abbreviation cut off, a heading or a number


def sentences(passages: Iterable[str]) -> list[str]:
    """The sentences of `passages`, in order, each once; those too short to say a thing are out."""
    found = (s.strip() for passage in passages for s in segment("nl", passage))
    return list(dict.fromkeys(s for s in found if len(words(s)) >= FEWEST_WORDS))
