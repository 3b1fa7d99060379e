"""A converted model on OpenVINO: no torch, its weights mapped from disk.

Every text is computed by itself, padded to a length that depends on it alone, so that a vector
never depends on what else is encoded at that moment. A lone text gets all cores (`wide`); many
texts, or a text beside another, get one core each (`narrow`): the two give the same bits.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np
from tokenizers import Tokenizer

from embeddings.machine import cores
from embeddings.pieces import Piece, PieceMaker, TokenIds
from embeddings.quiet_openvino import openvino
from matcher.types import Vectors

MANIFEST: Final = "encoder.json"
MODEL: Final = "model.xml"
TOKENIZER: Final = "tokenizer.json"

QUANTISED_TOGETHER: Final = 128  # weights, and activations, that share one int8 scale
STEP: Final = 16  # lengths are rounded up to this: each other length is compiled, and kept, anew

PRECISIONS: Final[Mapping[str, Mapping[str, object]]] = {
    "bf16": {"INFERENCE_PRECISION_HINT": "bf16"},
    "int8": {
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": QUANTISED_TOGETHER,
    },
    "f32": {"INFERENCE_PRECISION_HINT": "f32"},
}


class OpenVinoBackend:
    """Implements :class:`embeddings.backend.Backend` on a folder that `conversion` wrote."""

    def __init__(self, folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        self.dimension: int = manifest["dimension"]
        self.precision: str = manifest["precision"]
        self.prompts: Mapping[str, str] = manifest["prompts"]
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._limit: int = manifest["limit"]
        self._pad: int = manifest["pad"]
        self._maker = PieceMaker(tokenizer, self._limit)
        self._model = folder / MODEL
        self._models: dict[str, openvino.CompiledModel] = {}  # by shape: wide, narrow
        self._compiling = threading.Lock()
        self._counting = threading.Lock()
        self._lone = 0  # texts that are computed alone at this moment
        self._requests = threading.local()
        self._workers = ThreadPoolExecutor(cores(), thread_name_prefix="encoder")

    def pieces(self, text: str, prompt: str) -> list[Piece]:
        return self._maker.pieces(text, prompt)

    def embed(self, pieces: Sequence[Piece]) -> Vectors:
        vectors = np.empty((len(pieces), self.dimension), np.float32)
        if len(pieces) == 1:
            vectors[0] = self._alone(pieces[0].tokens)
            return vectors
        longest_first = sorted(range(len(pieces)), key=lambda at: -len(pieces[at].tokens))
        tokens = [pieces[at].tokens for at in longest_first]
        for at, vector in zip(longest_first, self._workers.map(self._narrow, tokens), strict=True):
            vectors[at] = vector
        return vectors

    def warm(self) -> None:
        """Compile what a lone text needs."""
        self._compiled("wide")

    def _alone(self, tokens: TokenIds) -> Vectors:
        with self._counting:
            shape = "narrow" if self._lone else "wide"
            self._lone += 1
        try:
            return self._infer(shape, tokens)
        finally:
            with self._counting:
                self._lone -= 1

    def _narrow(self, tokens: TokenIds) -> Vectors:
        return self._infer("narrow", tokens)

    def _infer(self, shape: str, tokens: TokenIds) -> Vectors:
        """One inference, on this thread's own request: OpenVINO queues requests first come."""
        request = getattr(self._requests, shape, None)
        if request is None:
            request = self._compiled(shape).create_infer_request()
            setattr(self._requests, shape, request)
        request.infer(self._padded(tokens))
        return np.array(request.get_output_tensor(0).data[0], np.float32)

    def _padded(self, tokens: TokenIds) -> list[TokenIds]:
        """Ids and mask, (1, length)."""
        length = min(ceil(len(tokens) / STEP) * STEP, self._limit)
        ids = np.full((1, length), self._pad, np.int64)
        ids[0, : len(tokens)] = tokens
        return [ids, (np.arange(length) < len(tokens)).astype(np.int64)[None]]

    def _compiled(self, shape: str) -> openvino.CompiledModel:
        with self._compiling:
            if shape not in self._models:
                self._models[shape] = self._compile(1 if shape == "wide" else cores())
            return self._models[shape]

    def _compile(self, streams: int) -> openvino.CompiledModel:
        config: dict[str, Any] = {
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": cores(),
            **PRECISIONS[self.precision],
        }
        model = openvino.Core().compile_model(str(self._model), "CPU", config)
        # Once, before any other thread may: what the binding makes at its first inference it
        # guards with a lock that it waits for while holding the GIL, and two threads stop for good.
        first = model.create_infer_request()
        first.infer(self._padded(np.full(1, self._pad, np.int64)))
        first.get_output_tensor(0).data  # noqa: B018
        return model
