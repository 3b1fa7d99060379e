"""Vectors of texts that were made by recombining sentences, without encoding each text.

For measuring only: encoding twenty thousand texts takes twenty minutes, and how long a match
takes does not depend on how good the vectors are, only on how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from embeddings.dense import unit
from embeddings.wrapping import Wrapping
from matcher.ports import Encoder
from matcher.text import has_words, require_words
from matcher.types import Vectors


@dataclass(frozen=True, slots=True)
class RecombinedEncoder(Wrapping):
    """Implements :class:`matcher.ports.Encoder` for documents of which each line is a sentence.

    The vector of a document is the mean of the real vectors of its lines, weighted by their
    number of words as the pooling of a real model nearly is, of unit length. It lies near the
    vector that the model would give, and is not that vector: the quality of matches says
    nothing. Each sentence is encoded once. Queries are encoded by the real model.
    """

    encoder: Encoder
    _known: dict[str, Vectors] = field(default_factory=dict, repr=False)

    @property
    def fingerprint(self) -> str:
        """Its own: no vector of it may pass for one of the model."""
        return f"recombined-{self.encoder.fingerprint}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        require_words(texts)
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        lines = [[line for line in text.splitlines() if has_words(line)] for text in texts]
        new = [line for line in dict.fromkeys(chain(*lines)) if line not in self._known]
        self._known.update(zip(new, self.encoder.encode_documents(new), strict=True))
        return unit(np.array([self._mixed(own) for own in lines], np.float32))

    def _mixed(self, lines: Sequence[str]) -> Vectors:
        weights = np.array([len(line.split()) for line in lines], np.float32)
        return np.asarray(weights @ np.stack([self._known[line] for line in lines]))
