"""The generation of this moment, for those who answer."""

from __future__ import annotations

from embeddings.generation import IndexGeneration
from matcher.errors import IndexMissing


class ServedIndex:
    """Implements :class:`matcher.ports.Index`: the generation of this moment, never locked.

    Replacing it is one assignment; a match keeps the generation that it began with.
    """

    def __init__(self) -> None:
        self._generation: IndexGeneration | None = None

    def current(self) -> IndexGeneration:
        """Raises IndexMissing while none was loaded."""
        if self._generation is None:
            raise IndexMissing("memory")
        return self._generation

    def name(self) -> str | None:
        return self._generation.name if self._generation else None

    def replace(self, generation: IndexGeneration) -> None:
        self._generation = generation
