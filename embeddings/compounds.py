"""Dutch words as a dictionary knows them: their lemma, and the parts of a compound.

`lerarentekort` is also about leraren and about tekort. A part is a word that is common in the
corpus, or one of the 370,000 of simplemma's Dutch dictionary, so that it works from the first
text on and learns an organisation's own words. Texts without accents are known just as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from embeddings.folding import folded

SHORTEST_PART: Final = 4
SHORTEST_LISTED: Final = 5  # a part that only the dictionary knows: short ones are everywhere
COMMON_FROM: Final = 3  # texts of the corpus from which its own word may be a part
_LINKS: Final = ("", "s", "en", "e", "n")  # verbindingsklanken
_LINKED: Final = 5.0  # how much commoner the parts must be to need one: e⁵ times
_UNSEEN: Final = 0.5  # texts that a word counts as which the corpus does not hold

_OF_A_NOUN: Final = ("s", "je")  # how a plural or diminutive may end, and a verb's forms do not
_REMEMBERED: Final = 100_000  # words whose split is kept


@dataclass(frozen=True, slots=True)
class WordList:
    """Dutch words with their lemma, both folded."""

    lemmas: Mapping[str, str]
    unaccented: Mapping[str, str] = field(repr=False)  # folded → as the dictionary writes it
    bases: frozenset[str] = field(repr=False)  # nouns, folded: lemmas of a plural or diminutive

    @classmethod
    def of(cls, lemmas: Mapping[str, str]) -> WordList:
        accented = (word for word in lemmas if not word.isascii())
        bases = (
            folded(lemma)
            for word, lemma in lemmas.items()
            if lemma != word and word.endswith(_OF_A_NOUN)
        )
        return cls(
            lemmas,
            {f: word for word in accented if (f := folded(word)) not in lemmas},
            frozenset(bases),
        )

    def lemma(self, word: str) -> str | None:
        """The lemma of `word`, which is folded; None for a word that is not listed.

        The dictionary says oud of ouder and ouder of ouders, toetsen of toets and toets of
        toetsen: a noun that is a lemma stays one (kinderen, also a verb there, is none), and of
        two that name each other it is the shorter.
        """
        found = self._listed(word)
        if found is None or found == word:
            return found
        if self._listed(found) == word:
            return min(word, found, key=lambda each: (len(each), each))
        return word if word in self.bases else found

    def _listed(self, word: str) -> str | None:
        found = self.lemmas.get(self.unaccented.get(word, word))
        return None if found is None else folded(found)

    def __contains__(self, word: str) -> bool:
        return word in self.lemmas or word in self.unaccented


@cache
def dutch() -> WordList:
    """simplemma's Dutch dictionary: half a second and 60 MB, once a process."""
    from simplemma.strategies import DefaultDictionaryFactory

    return WordList.of(DefaultDictionaryFactory().get_dictionary("nl"))


class Compounds:
    """Splits words, given in how many texts of a corpus each word is.

    Of all ways in two, the one whose parts are commonest (geometric mean of their frequencies:
    Koehn and Knight 2003), with a linking sound only where that is much commoner. A part that
    the dictionary does not list is split again. Safe from several threads.
    """

    def __init__(self, frequency: Mapping[str, int]) -> None:
        """`frequency`: folded words of the corpus; those that can be a part are kept."""
        self.frequency = {
            word: count
            for word, count in sorted(frequency.items())
            if count >= COMMON_FROM and len(word) >= SHORTEST_PART and word.isalpha()
        }
        self.split = lru_cache(_REMEMBERED)(self._split)

    @classmethod
    def from_words(cls, texts: Iterable[Iterable[str]]) -> Compounds:
        """From the folded words of every text of a corpus."""
        frequency: dict[str, int] = {}
        for words in texts:
            for word in set(words):
                frequency[word] = frequency.get(word, 0) + 1
        return cls(frequency)

    def _split(self, word: str) -> tuple[str, ...]:
        """The parts of a folded word; empty if it is no compound."""
        if len(word) < 2 * SHORTEST_PART or not word.isalpha():
            return ()
        best: tuple[str, str] | None = None
        most = -math.inf
        for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            head, tail = word[:at], word[at:]
            if self._is_part(tail) and (found := self._unlinked(head)):
                modifier, linked = found
                common = self._commonness(modifier) + self._commonness(tail) - linked
                if common > most:
                    best, most = (modifier, tail), common
        return tuple(p for part in best for p in self._whole(part)) if best else ()

    def _whole(self, part: str) -> tuple[str, ...]:
        return (part,) if part in dutch() else self.split(part) or (part,)

    def _unlinked(self, head: str) -> tuple[str, float] | None:
        """`head` as a word, without a linking sound if need be, and what that costs."""
        for link in _LINKS:
            word = head.removesuffix(link)
            if head.endswith(link) and self._is_part(word):
                return word, _LINKED if link else 0.0
        return None

    def _is_part(self, word: str) -> bool:
        if len(word) < SHORTEST_PART:
            return False
        return word in self.frequency or (len(word) >= SHORTEST_LISTED and word in dutch())

    def _commonness(self, word: str) -> float:
        return math.log(self.frequency.get(word, 0) + _UNSEEN)
