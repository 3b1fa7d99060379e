"""An encoder that encodes nothing twice: vectors are kept by content, model and role."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from embeddings.wrapping import Wrapping
from matcher.ports import Encoder, VectorKey, VectorStore
from matcher.text import require_words
from matcher.types import Vectors

CHUNK: Final = 16  # texts encoded between two saves: what an interruption can lose at most

Progress = Callable[[int, int], None]  # different texts done, different texts in all


@dataclass(frozen=True, slots=True)
class CachingEncoder(Wrapping):
    """Implements :class:`matcher.ports.Encoder` through a store of vectors made before.

    Equal texts share one vector; it is kept by content, never by the id of a document. What is
    asked is kept only where that is wished: no trace of a question is left behind by serving it.
    """

    encoder: Encoder
    store: VectorStore
    progress: Progress | None = None
    keeps_queries: bool = False

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "document", self.encoder.encode_documents)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if not self.keeps_queries:
            return self.encoder.encode_queries(texts)
        return self._encode(texts, "query", self.encoder.encode_queries)

    def _encode(
        self, texts: Sequence[str], role: str, encode: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        require_words(texts)
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        keys = {text: self._key(text, role) for text in dict.fromkeys(texts)}
        stored = self.store.load(keys.values())
        vectors = {text: stored[key] for text, key in keys.items() if key in stored}
        missing = sorted((t for t in keys if t not in vectors), key=lambda t: (len(t), t))
        self._report(len(vectors), len(keys))
        for start in range(0, len(missing), CHUNK):  # by length: torch pads little then
            chunk = missing[start : start + CHUNK]
            made = dict(zip(chunk, encode(chunk), strict=True))
            self.store.save({keys[text]: vector for text, vector in made.items()})
            vectors |= made
            self._report(len(vectors), len(keys))
        return np.stack([vectors[text] for text in texts])

    def _report(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total)

    def _key(self, text: str, role: str) -> VectorKey:
        content = hashlib.sha256(text.encode("utf-8")).hexdigest()
        return VectorKey(content, self.encoder.fingerprint, role)
