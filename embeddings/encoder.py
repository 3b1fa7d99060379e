"""Texts to unit vectors through sentence-transformers, and the fingerprint of a model folder."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from embeddings import bundled
from matcher.errors import EmptyText, ModelNotFound, VectorsInvalid
from matcher.text import has_words
from matcher.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH: Final = 8


def locate_model(name: str | None, cache: Path) -> Path:
    """Folder of the model to use: `name` is a folder or hub name, None the bundled model.

    A hub name is looked up in what was downloaded before; nothing is downloaded here. Raises
    ModelNotFound, or ModelBlobUnexpected for the bundled one.
    """
    if name is None:
        return bundled.unpack(cache)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelNotFound(name, "no such folder, nor a model downloaded before") from error


def fingerprint_of(folder: Path) -> str:
    """Name of a model by its content: folder name and a hash over every file in it.

    The bundled folder is known by its name: it was made from a checked blob.
    """
    if folder.name == bundled.FOLDER_NAME:
        return bundled.FOLDER_NAME
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{folder.name}-{digest.hexdigest()[:16]}"


class SentenceTransformerEncoder:
    """A sentence-transformers model as an :class:`matcher.ports.Encoder`.

    The model is loaded at the first text, or by :meth:`load`, so that commands which encode
    nothing start at once. One text at a time goes through tokenizer and model: fast tokenizers
    are not safe across threads.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None

    @classmethod
    def from_name(cls, name: str | None, cache: Path) -> SentenceTransformerEncoder:
        """The encoder for SCHAKEL_MODEL (`name`); see :func:`locate_model` for what it raises."""
        folder = locate_model(name, cache)
        return cls(folder, fingerprint_of(folder))

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        dimension = self.load().get_embedding_dimension()
        if dimension is None:
            raise ModelNotFound(str(self._folder), "it has no fixed embedding dimension")
        return int(dimension)

    @property
    def loaded(self) -> bool:
        return self._model is not None

    def load(self) -> SentenceTransformer:
        """The model itself, loaded once. Raises ModelNotFound when the folder holds none."""
        with self._lock:
            if self._model is None:
                self._model = self._loaded()
            return self._model

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, ("query",))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, ("document", "passage"))

    def _encode(self, texts: Sequence[str], roles: tuple[str, ...]) -> Vectors:
        for position, text in enumerate(texts):
            if not has_words(text):
                raise EmptyText(position)
        model = self.load()
        prompt = next((model.prompts[role] for role in roles if model.prompts.get(role)), "")
        batches: list[Vectors] = []
        for start in range(0, len(texts), BATCH):  # the lock is free between two batches
            with self._lock:
                batches.append(
                    model.encode(
                        list(texts[start : start + BATCH]),
                        prompt=prompt,
                        batch_size=BATCH,
                        normalize_embeddings=True,
                        show_progress_bar=False,
                        convert_to_numpy=True,
                    )
                )
        found = np.concatenate(batches).astype(np.float32) if batches else self._none()
        if not np.isfinite(found).all():
            raise VectorsInvalid(expected="finite numbers", found="NaN or infinity")
        return found

    def _none(self) -> Vectors:
        return np.empty((0, self.dimension), np.float32)

    def _loaded(self) -> SentenceTransformer:
        _check_folder(self._folder)
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelNotFound(str(self._folder), type(error).__name__) from error


def _check_folder(folder: Path) -> None:
    """A folder without modules.json would be taken for something else, silently."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelNotFound(str(folder), "it has no modules.json") from None
    except (OSError, ValueError) as error:
        raise ModelNotFound(str(folder), f"modules.json: {type(error).__name__}") from error
    if not modules:
        raise ModelNotFound(str(folder), "modules.json names no module")
