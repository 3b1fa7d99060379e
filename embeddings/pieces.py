"""Texts cut to what a model can read at once: its limit counts tokens, not characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from matcher.types import Vectors

TokenIds = npt.NDArray[np.int64]

_WORD_SEARCH: Final = 24  # tokens to go back for the start of a word, where a text is cut


@dataclass(frozen=True, slots=True)
class Piece:
    """A text, or a window of one, that is within the limit with the prompt in front."""

    prompt: str
    text: str
    tokens: TokenIds  # (length,) of prompt and text, special tokens included


class PieceMaker:
    """Cuts texts with the tokenizer of one model.

    Safe from several threads: the tokenizer's truncation and padding, the state that makes fast
    tokenizers unsafe, are switched off here, once, and never touched again.
    """

    def __init__(self, tokenizer: Tokenizer, limit: int | None) -> None:
        """`limit`: the most tokens the model reads, special ones included; None: no limit."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._limit = limit

    def pieces(self, text: str, prompt: str) -> list[Piece]:
        """`text` whole, or in windows of about equal length when it is over the limit.

        Every window has the prompt in front. Windows start at a word where there is one.
        """
        encoding = self._tokenizer.encode(prompt + text)
        ids = np.array(encoding.ids, np.int64)
        if self._limit is None or len(ids) <= self._limit:
            return [Piece(prompt, text, ids)]
        starts = [
            start - len(prompt)
            for (start, _), special in zip(
                encoding.offsets, encoding.special_tokens_mask, strict=True
            )
            if not special and start >= len(prompt)
        ]
        room = self._limit - (len(ids) - len(starts))
        windows = _windows(text, starts, room) if room > 0 else []
        if not windows:  # nothing to cut: one character of more tokens than the model reads
            return [Piece(prompt, text, ids[: self._limit])]
        return [piece for window in windows for piece in self.pieces(window, prompt)]


def averaged(vectors: Vectors, cut: Sequence[Sequence[Piece]]) -> Vectors:
    """A unit vector a text, from one a piece: the mean by number of tokens, to length 1.

    `vectors`: float32 (pieces, dimension) of the pieces of `cut`, text after text.
    """
    owner = np.repeat(np.arange(len(cut)), [len(pieces) for pieces in cut])
    weight = [max(1, len(piece.tokens)) for pieces in cut for piece in pieces]
    found = np.zeros((len(cut), vectors.shape[1]), np.float32)
    np.add.at(found, owner, unit(vectors) * np.array(weight, np.float32)[:, None])
    return unit(found)


def unit(vectors: Vectors) -> Vectors:
    """Each row divided by its length; NaN for a row of zeros."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def _windows(text: str, starts: list[int], room: int) -> list[str]:
    """`text` cut in the fewest windows of at most `room` tokens; [] where it cannot be cut.

    A window that gets more tokens of its own than it had within the text is cut again.
    """
    count = max(2, ceil(len(starts) / room))
    cuts = [_word_start(text, starts, part * len(starts) // count) for part in range(1, count)]
    edges = sorted({0, *cuts, len(text)})
    windows = [text[a:b].strip() for a, b in pairwise(edges)]
    windows = [window for window in windows if window]
    return windows if all(len(window) < len(text) for window in windows) else []


def _word_start(text: str, starts: list[int], token: int) -> int:
    """Where to cut before `token`: the nearest start of a word before it, or just there."""
    for at in range(token, max(0, token - _WORD_SEARCH), -1):
        start = starts[at]
        if start > 0 and (text[start - 1].isspace() or text[start].isspace()):
            return start
    return starts[token]
