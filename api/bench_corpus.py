"""What the index is measured on: cases made of real ones, with vectors made of real ones."""

from __future__ import annotations

import tempfile
from pathlib import Path

from api.settings import Settings
from data.database import Database
from data.documents import SqlDocuments
from data.importer import SAMPLE, import_folder
from data.judged import read_collection
from data.made.corpus import Corpus
from data.vectors import SqlVectors
from embeddings.caching import CachingEncoder
from matcher.ports import Encoder


def corpus_of(folder: Path | None) -> Corpus:
    """Of the judged collection in `folder`, or else of the sample set.

    Raises CollectionRefused or ImportRefused.
    """
    if folder:
        return Corpus.from_documents(read_collection(folder).documents())
    with tempfile.TemporaryDirectory() as place:
        database = Database.open(f"sqlite:///{place}/sample.db")
        database.migrate()
        with database.write() as session:
            import_folder(session, SAMPLE)
        with database.read() as session:
            documents = SqlDocuments(session).documents()
        database.close()
    return Corpus.from_documents(documents)


def keeping(encoder: Encoder, settings: Settings) -> CachingEncoder:
    """`encoder`, by which a second measurement encodes nothing."""
    vectors = SqlVectors(Database.for_vectors(settings.home / "evaluate" / "vectors.db"))
    return CachingEncoder(encoder, vectors, keeps_queries=True)
