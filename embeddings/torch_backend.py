"""Any sentence-transformers model, as it is, on torch: slow, and always right."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from tokenizers import Tokenizer

from embeddings.pieces import Piece, PieceMaker
from matcher.errors import ModelNotFound
from matcher.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH: Final = 8


class TorchBackend:
    """Implements :class:`embeddings.backend.Backend`; one batch at a time."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelNotFound when `folder` holds no model that can be loaded."""
        self.model = load_model(folder)
        self._lock = threading.Lock()
        tokenizer = fast_tokenizer(self.model)
        self._maker = tokenizer and PieceMaker(tokenizer, self.model.max_seq_length)
        dimension = self.model.get_embedding_dimension()
        if dimension is None:
            raise ModelNotFound(str(folder), "it has no fixed embedding dimension")
        self.dimension = int(dimension)

    @property
    def precision(self) -> str:
        return "torch"

    @property
    def prompts(self) -> Mapping[str, str]:
        return {role: prompt or "" for role, prompt in self.model.prompts.items()}

    def pieces(self, text: str, prompt: str) -> list[Piece]:
        if self._maker:
            return self._maker.pieces(text, prompt)
        return [Piece(prompt, text, np.empty(0, np.int64))]

    def embed(self, pieces: Sequence[Piece]) -> Vectors:
        order = sorted(range(len(pieces)), key=lambda at: len(pieces[at].tokens))
        vectors = np.empty((len(pieces), self.dimension), np.float32)
        for start in range(0, len(order), BATCH):  # the lock is free between two batches
            batch = order[start : start + BATCH]
            with self._lock:
                vectors[batch] = self.model.encode(
                    [pieces[at].text for at in batch],
                    prompt=pieces[batch[0]].prompt,  # one a call: that of the role
                    batch_size=BATCH,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
        return vectors


def load_model(folder: Path) -> SentenceTransformer:
    """The sentence-transformers model in `folder`, in 32 bits. Raises ModelNotFound."""
    modules_of(folder)
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True).float()
    except (OSError, ValueError, KeyError) as error:
        raise ModelNotFound(str(folder), type(error).__name__) from error


def modules_of(folder: Path) -> list[str]:
    """The types of the model's modules, in order. Raises ModelNotFound where it names none.

    A folder without modules.json would be taken for something else, silently.
    """
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        types = [str(module["type"]) for module in modules]
    except FileNotFoundError:
        raise ModelNotFound(str(folder), "it has no modules.json") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelNotFound(str(folder), f"modules.json: {type(error).__name__}") from error
    if not types:
        raise ModelNotFound(str(folder), "modules.json names no module")
    return types


def fast_tokenizer(model: SentenceTransformer) -> Tokenizer | None:
    """A tokenizer of our own, so that its settings are not the model's; None if it has none."""
    tokenizer = model.tokenizer
    fast = getattr(tokenizer, "backend_tokenizer", tokenizer)
    return Tokenizer.from_str(fast.to_str()) if isinstance(fast, Tokenizer) else None
