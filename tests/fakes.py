"""Fakes of our own ports, for tests that are not about the model."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import cache

import numpy as np

from embeddings.analysis import stems
from matcher.errors import EmptyText
from matcher.ports import VectorKey
from matcher.text import has_words
from matcher.types import Vectors


class WordEncoder:
    """Texts with the same words get the same vector: each stem has a direction of its own."""

    fingerprint = "words-1"
    dimension = 64
    loaded = True

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def load(self) -> None:
        """There is nothing to load."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        for position, text in enumerate(texts):
            if not has_words(text):
                raise EmptyText(position)
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for term in stems(text) or [text]:
                vectors[row] += _direction(term, self.dimension)
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors


@cache
def _direction(term: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:8])
    return np.random.default_rng(seed).normal(size=dimension).astype(np.float32)


class DictVectors:
    """A VectorStore in a dict."""

    def __init__(self) -> None:
        self.kept: dict[VectorKey, Vectors] = {}

    def load(self, keys: Collection[VectorKey]) -> Mapping[VectorKey, Vectors]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def save(self, vectors: Mapping[VectorKey, Vectors]) -> None:
        self.kept.update(vectors)
