"""What runs a model: OpenVINO or torch, behind one protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from embeddings.pieces import Piece
from matcher.types import Vectors

TextRole = Literal["query", "document"]


class Backend(Protocol):
    """A model that runs. Safe to call from several threads."""

    @property
    def dimension(self) -> int: ...

    @property
    def precision(self) -> str:
        """In what it computes: "bf16", "int8" or "f32" on OpenVINO, or "torch"."""

    @property
    def prompts(self) -> Mapping[str, str]:
        """What the model wants in front of a text, by role."""

    def pieces(self, text: str, prompt: str) -> list[Piece]:
        """`text` as the model can read it: whole, or in windows."""

    def embed(self, pieces: Sequence[Piece]) -> Vectors:
        """float32 (len(pieces), dimension), of any length; all pieces have the same prompt."""


def prompt_for(role: TextRole, prompts: Mapping[str, str | None]) -> str:
    """The prompt of a role; "" without one. Models call a document also a passage."""
    names = ("query",) if role == "query" else ("document", "passage")
    return next((prompt for name in names if (prompt := prompts.get(name))), "")
