"""Texts for measuring: sentences of the sample set in new combinations, one a line.

Words keep the frequencies and texts the lengths that they have in the sample, and a text is
about something, for its sentences come from a few questions. What they do not have is the long
tail of rare words of real texts: each word is in more texts, and its postings are longer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from data.csv_files import CsvRow, read_rows
from data.importer import SAMPLE
from matcher.errors import ImportRefused, Problem

PROBLEM: Final = ("titel", "situatie", "geprobeerd", "doel")
RESOLUTION: Final = ("aanpak", "wat_werkte", "wat_niet_werkte")

_COMBINED: Final = 3  # questions of which one text is made
_END: Final = re.compile(r"(?<=[.!?;])\s+")
_NAME: Final = 200  # characters that a title may have


@dataclass(frozen=True, slots=True)
class Source:
    """A question of the sample set: its themes, and the sentences of each of its fields."""

    themes: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]  # RESOLUTION only where it is solved


@dataclass(frozen=True, slots=True)
class MadeText:
    """One combination: a value for each field that was asked for, and themes."""

    themes: tuple[str, ...]
    fields: Mapping[str, str]

    def words(self) -> list[str]:
        return " ".join(self.fields.values()).split()


@dataclass(frozen=True, slots=True)
class Recombiner:
    """Makes texts of the sentences of `sources`."""

    sources: Sequence[Source]

    @classmethod
    def from_sample(cls, folder: Path = SAMPLE) -> Recombiner:
        """Raises ImportRefused where the sample set cannot be read."""
        questions = rows_of(folder, "vragen.csv", ("code", "themas", *PROBLEM))
        resolutions = {
            row.values["vraag"]: row.values
            for row in rows_of(folder, "opbrengsten.csv", ("vraag", *RESOLUTION))
        }
        return cls([_source(row.values, resolutions) for row in questions])

    def solved(self) -> Recombiner:
        """The same, of solved questions only: their texts have a resolution."""
        return Recombiner([s for s in self.sources if RESOLUTION[0] in s.fields])

    def text(self, names: Sequence[str], rng: np.random.Generator) -> MadeText:
        """A text with the fields `names`, of as many sentences as one of its sources has."""
        count = min(_COMBINED, len(self.sources))
        chosen = [self.sources[at] for at in rng.choice(len(self.sources), count, replace=False)]
        first = chosen[0]
        fields = {}
        for name in names:
            sentences = [sentence for source in chosen for sentence in source.fields[name]]
            taken = rng.permutation(len(sentences))[: len(first.fields[name])]
            fields[name] = "\n".join(sentences[at] for at in taken)
        return MadeText(first.themes, fields)

    def query(self, shortest: int, longest: int, rng: np.random.Generator) -> str:
        """The first words of a text, `shortest` to `longest` of them, as someone would type it."""
        count = int(rng.integers(shortest, longest + 1))
        words: list[str] = []
        while len(words) < count:
            words += self.text(PROBLEM, rng).words()
        return " ".join(words[:count])


def rows_of(folder: Path, name: str, columns: Sequence[str]) -> list[CsvRow]:
    """The rows of one file of the sample set. Raises ImportRefused."""
    problems: list[Problem] = []
    rows = read_rows(folder / name, columns, problems)
    if problems:
        raise ImportRefused(problems)
    return rows


def sentences(text: str) -> tuple[str, ...]:
    return tuple(part for part in _END.split(text.strip()) if part)


def _source(values: Mapping[str, str], resolutions: Mapping[str, Mapping[str, str]]) -> Source:
    fields = {name: sentences(values[name]) for name in PROBLEM}
    fields["titel"] = (values["titel"][:_NAME],)
    if values["code"] in resolutions:
        resolution = resolutions[values["code"]]
        fields |= {name: sentences(resolution[name]) for name in RESOLUTION}
    themes = tuple(theme for theme in values["themas"].split("|") if theme)
    return Source(themes, fields)
