"""Texts to unit vectors: what is encoded, in which role, and on which backend."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from embeddings.backend import Backend, TextRole, prompt_for
from embeddings.models import fingerprint_of, locate_model
from embeddings.pieces import averaged
from matcher.errors import BackendRefused, BackendUnknown, VectorsInvalid
from matcher.text import require_words
from matcher.types import Vectors

log = logging.getLogger(__name__)

BACKENDS: Final = ("openvino", "torch")
LONG_TEXTS: Final = "windows"  # what becomes of texts over the limit; part of the fingerprint


class ModelEncoder:
    """A sentence-transformers model as an :class:`matcher.ports.Encoder`.

    The model is loaded at the first text, or by :meth:`load`, so that commands which encode
    nothing start at once. Vectors of two backends of one model differ by less than the
    guard of :mod:`embeddings.golden` allows, so that they share a fingerprint.
    """

    def __init__(self, folder: Path, fingerprint: str, cache: Path, backend: str | None) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._cache = cache
        self._wanted = backend
        self._loading = threading.Lock()
        self._backend: Backend | None = None

    @classmethod
    def from_name(cls, name: str | None, cache: Path, backend: str | None = None) -> ModelEncoder:
        """The encoder for SCHAKEL_MODEL (`name`) and SCHAKEL_BACKEND (`backend`).

        Without `backend` it is OpenVINO where that agrees with the original, else torch.
        Raises BackendUnknown, and what :func:`~embeddings.models.locate_model` raises.
        """
        if backend is not None and backend not in BACKENDS:
            raise BackendUnknown(backend, BACKENDS)
        folder = locate_model(name, cache)
        return cls(folder, fingerprint_of(folder), cache, backend)

    @property
    def fingerprint(self) -> str:
        return f"{self._fingerprint}-{LONG_TEXTS}"

    @property
    def dimension(self) -> int:
        return self.load().dimension

    @property
    def loaded(self) -> bool:
        return self._backend is not None

    def load(self) -> Backend:
        """The model, ready to run; loaded, and converted where need be, once.

        Raises ModelNotFound when the folder holds none, and BackendRefused when the backend
        that SCHAKEL_BACKEND names is not for this model.
        """
        with self._loading:
            if self._backend is None:
                self._backend = self._loaded()
            return self._backend

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "query")

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "document")

    def _encode(self, texts: Sequence[str], role: TextRole) -> Vectors:
        require_words(texts)
        backend = self.load()
        prompt = prompt_for(role, backend.prompts)
        cut = [backend.pieces(text, prompt) for text in texts]
        if not texts:
            return np.empty((0, backend.dimension), np.float32)
        vectors = averaged(backend.embed([piece for pieces in cut for piece in pieces]), cut)
        if not np.isfinite(vectors).all():
            raise VectorsInvalid(expected="finite numbers", found="NaN, infinity or zero")
        return vectors

    def _loaded(self) -> Backend:
        if self._wanted != "torch":
            try:
                return self._on_openvino()
            except BackendRefused as refused:
                if self._wanted == "openvino":
                    raise
                log.warning("the model runs on torch, not on openvino: %s", refused.why)
        from embeddings.torch_backend import TorchBackend

        return TorchBackend(self._folder)

    def _on_openvino(self) -> Backend:
        from embeddings.conversion import converted
        from embeddings.openvino_backend import OpenVinoBackend

        backend = OpenVinoBackend(converted(self._folder, self._fingerprint, self._cache))
        backend.warm()
        return backend
