"""What an encoder that stands before another has of that one."""

from __future__ import annotations

from matcher.ports import Encoder


class Wrapping:
    """Of :class:`matcher.ports.Encoder` all but the encoding, as `encoder` has it."""

    __slots__ = ()

    encoder: Encoder

    @property
    def fingerprint(self) -> str:
        return self.encoder.fingerprint

    @property
    def dimension(self) -> int:
        return self.encoder.dimension

    @property
    def loaded(self) -> bool:
        return self.encoder.loaded

    def load(self) -> object:
        return self.encoder.load()
