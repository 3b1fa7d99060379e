"""Vectors of texts made by recombining lines of real texts, from the vectors of those texts.

For measuring only, where even each sentence apart is too much to encode: a million made texts
need no more than the vectors of the few thousand real ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np
import scipy.sparse as sp

from embeddings.dense import unit
from embeddings.wrapping import Wrapping
from matcher.ports import Encoder
from matcher.text import require_words
from matcher.types import Vectors

_AT_ONCE: Final = 10_000  # texts: of a million no copies are made


@dataclass(frozen=True, slots=True)
class MixedEncoder(Wrapping):
    """Implements :class:`matcher.ports.Encoder` for texts of which each line is known.

    The vector of a text is the mean of the real vectors of the texts that its lines are of,
    each as often as there are lines of it, of unit length. Queries are encoded by the real
    model, each once.
    """

    encoder: Encoder
    vectors: Vectors  # (real texts, dim)
    source: Mapping[str, int]  # row of `vectors`, by line
    _queries: dict[str, Vectors] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, encoder: Encoder, texts: Iterable[tuple[str, Sequence[str]]]) -> MixedEncoder:
        """Of real texts with their lines; a line of several texts is of the first."""
        source: dict[str, int] = {}
        whole = []
        for row, (text, lines) in enumerate(texts):
            whole.append(text)
            for line in lines:
                source.setdefault(line, row)
        return cls(encoder, encoder.encode_documents(whole), source)

    @property
    def fingerprint(self) -> str:
        """Its own: no vector of it may pass for one of the model."""
        return f"mixed-{self.encoder.fingerprint}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        new = [text for text in dict.fromkeys(texts) if text not in self._queries]
        if new:
            self._queries.update(zip(new, self.encoder.encode_queries(new), strict=True))
        return np.stack([self._queries[text] for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Raises KeyError for a line of no real text."""
        require_words(texts)
        vectors = np.empty((len(texts), self.vectors.shape[1]), np.float32)
        for at in range(0, len(texts), _AT_ONCE):
            some = texts[at : at + _AT_ONCE]
            vectors[at : at + len(some)] = self._mixed(some)
        return vectors

    def _mixed(self, texts: Sequence[str]) -> Vectors:
        lines = [text.split("\n") for text in texts]
        sources = np.fromiter(map(self.source.__getitem__, chain(*lines)), np.int32)
        ends = np.cumsum([0, *map(len, lines)])
        counts = sp.csr_array(
            (np.ones(len(sources), np.float32), sources, ends),
            shape=(len(texts), len(self.vectors)),
        )
        return unit(np.asarray(counts @ self.vectors))


@dataclass(frozen=True, slots=True)
class StoredEncoder(Wrapping):
    """Implements :class:`matcher.ports.Encoder`: the vectors of `rows` are there already.

    Other texts, and queries, are left to `encoder`.
    """

    encoder: Encoder
    vectors: Vectors  # (different texts, dim)
    rows: Mapping[str, int]

    @classmethod
    def of(cls, encoder: Encoder, texts: Iterable[str]) -> StoredEncoder:
        different = list(dict.fromkeys(texts))
        rows = {text: row for row, text in enumerate(different)}
        return cls(encoder, encoder.encode_documents(different), rows)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        rows = [self.rows.get(text, -1) for text in texts]
        if -1 in rows:
            return self.encoder.encode_documents(texts)
        return self.vectors[np.array(rows, np.int64)]
