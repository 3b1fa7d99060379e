"""Which model: from the name in SCHAKEL_MODEL to a folder and its fingerprint."""

from __future__ import annotations

import hashlib
from pathlib import Path

from embeddings import bundled
from matcher.errors import ModelNotFound


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
