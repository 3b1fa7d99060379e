"""Which texts of a document were encoded, so that their vectors can go when it goes."""

from __future__ import annotations

from embeddings.sentences import sentences
from matcher.types import Document, Field


def encoded_texts(document: Document) -> list[str]:
    """Its fields, its title as a short question, and each sentence that may be quoted of it."""
    fields = [document.text(part) for part in Field]
    title = document.problem.split("\n", 1)[0]
    return [*fields, title, *sentences(document.passages)]
