"""Weights of an OpenVINO graph as 8-bit integers, each block with a scale of its own.

A weight w of a block becomes round(w / s) with s = max|w| / 127, and the graph multiplies by s
again, in the shape that OpenVINO's CPU plugin computes with integers (products) or reads row by
row (the table of word pieces). The 4-bit weights of the bundled model lose next to nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from embeddings.quiet_openvino import op, openvino

TABLE_BLOCK: Final = 32
TABLE_ROWS: Final = 1000  # a table with fewer is not worth it: positions, token types


def compress_table(model: openvino.Model) -> None:
    """Store the table of word pieces in 8 bits; only the rows of a text are expanded."""
    for gather in _of_type(model, "Gather"):
        table = _constant(gather, 0)
        if table is None or not _is_word_table(gather, table):
            continue
        width = table.shape[1]
        integers, scales = _quantised(table, TABLE_BLOCK)
        rows, first = gather.input_value(1), op.constant(np.int64(0))
        blocks = op.constant(np.array([0, 0, width // TABLE_BLOCK, TABLE_BLOCK]))
        whole = op.constant(np.array([0, 0, width]))
        values = op.convert(op.gather(op.constant(integers), rows, first), "f32")
        scale = op.gather(op.constant(scales), rows, first)
        values = op.multiply(
            op.reshape(values, blocks, True), op.unsqueeze(scale, op.constant(np.int64(3)))
        )
        _replace(gather, op.reshape(values, whole, True))
    model.validate_nodes_and_infer_types()


def compress_products(model: openvino.Model, block: int) -> None:
    """Store the weights of matrix products in 8 bits, in blocks of `block` along the input."""
    for product in _of_type(model, "MatMul"):
        weights = _constant(product, 1)
        if weights is None or weights.ndim != 2:
            continue
        attributes = product.get_attributes()
        if not attributes["transpose_b"]:
            weights = weights.T
        if weights.shape[1] % block:
            continue
        integers, scales = _quantised(weights, block)
        stored = op.convert(op.constant(integers.reshape(len(weights), -1, block)), "f32")
        values = op.multiply(stored, op.constant(scales[:, :, None]))
        whole = op.reshape(values, op.constant(np.array(weights.shape)), False)
        _replace(product, op.matmul(product.input_value(0), whole, attributes["transpose_a"], True))
    model.validate_nodes_and_infer_types()


def _is_word_table(gather: Any, table: npt.NDArray[np.float32]) -> bool:
    """Whether rows of floats are read, one for each token of (texts, length)."""
    rows, axis = gather.input_value(1), _constant(gather, 2)
    return bool(
        table.ndim == 2
        and len(table) >= TABLE_ROWS
        and table.shape[1] % TABLE_BLOCK == 0
        and np.issubdtype(table.dtype, np.floating)
        and rows.get_partial_shape().rank == openvino.Dimension(2)
        and axis is not None
        and int(axis) == 0
    )


def _quantised(
    weights: npt.NDArray[np.float32], block: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """int8 (rows, columns) and float32 (rows, columns / block): values and their scales."""
    blocks = weights.astype(np.float32).reshape(len(weights), -1, block)
    scales = np.abs(blocks).max(axis=2, keepdims=True) / 127
    integers = np.round(blocks / np.where(scales == 0, 1, scales)).astype(np.int8)
    return integers.reshape(weights.shape), scales[:, :, 0].astype(np.float32)


def _of_type(model: openvino.Model, name: str) -> list[Any]:
    return [node for node in model.get_ordered_ops() if node.get_type_name() == name]


def _constant(node: Any, position: int) -> npt.NDArray[np.float32] | None:
    """The constant that is an input of `node`, also behind a conversion; None if it is none."""
    source = node.input_value(position).get_node()
    while source.get_type_name() == "Convert":
        source = source.input_value(0).get_node()
    return source.data if source.get_type_name() == "Constant" else None


def _replace(node: Any, by: Any) -> None:
    for target in node.output(0).get_target_inputs():
        target.replace_source_output(by.output(0))
