"""How an index is made: the choices that were measured, in one place.

What serves is `Recipe()`. Another is for showing what a choice is worth, in
notebooks/02_ranking.ipynb; docs/decisions/005-ranking.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Words(StrEnum):
    """What the words of a text become."""

    STEMS = "stems"
    LEMMAS = "lemmas"  # the stem of the lemma
    COMPOUNDS = "compounds"  # and those of a compound's parts


@dataclass(frozen=True, slots=True)
class Recipe:
    """`whitening`: 0 is none, at 1 every direction varies as much; more than .5 does harm.

    `title_counts`: how often a word of the title counts. `half_trusted`: the terms of a query
    from which its words are half believed; one word in common says little in a question of five.
    """

    words: Words = Words.COMPOUNDS
    whitening: float = 0.25
    title_counts: int = 3
    half_trusted: int = 10
