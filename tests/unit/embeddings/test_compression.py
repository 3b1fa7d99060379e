"""Weights in 8 bits: what a graph computes before and after, and what is left as it was."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from embeddings.compression import TABLE_BLOCK, TABLE_ROWS, compress_products, compress_table
from embeddings.quiet_openvino import op, openvino

Floats = npt.NDArray[np.float32]

BLOCK = 16
EXACT = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}


def _weights(*shape: int) -> Floats:
    """Blocks of very different sizes, one of zeros: a scale for all of them would show."""
    weights = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    weights[0] = 0
    weights[1] *= 100
    weights[2] /= 100
    return weights


def _constant(weights: Floats, stored: type) -> openvino.Node:
    """`weights`, in 16 bits behind a conversion, as a saved model has them, or in 32."""
    constant = op.constant(weights.astype(stored))
    return constant if stored is np.float32 else op.convert(constant, "f32")


def _product(weights: Floats, transpose: bool = True, stored: type = np.float32) -> openvino.Model:
    rows = op.parameter([-1, -1, weights.shape[1 if transpose else 0]], np.float32)
    product = op.matmul(rows, _constant(weights, stored), False, transpose)
    return openvino.Model([op.relu(product)], [rows], "product")


def _table(
    table: Floats, stored: type = np.float32, axis: int = 0, shape: tuple[int, ...] = (-1, -1)
) -> openvino.Model:
    ids = op.parameter(list(shape), np.int64)
    rows = op.gather(_constant(table, stored), ids, op.constant(np.int64(axis)))
    return openvino.Model([op.relu(rows)], [ids], "table")


def _run(model: openvino.Model, given: npt.NDArray[np.generic]) -> Floats:
    compiled = openvino.Core().compile_model(model, "CPU", EXACT)
    return np.array(compiled([given])[0], np.float32)


def _integers(model: openvino.Model) -> list[tuple[int, ...]]:
    """Shapes of the constants that are stored in 8 bits."""
    constants = (node for node in model.get_ops() if node.get_type_name() == "Constant")
    return [tuple(c.shape) for c in constants if c.get_element_type() == openvino.Type.i8]


def _operations(model: openvino.Model) -> list[str]:
    return [node.get_type_name() for node in model.get_ordered_ops()]


def _error(weights: Floats, block: int) -> Floats:
    """The most that each weight can be off: half a step of its block, and a little rounding."""
    blocks = np.abs(weights).reshape(len(weights), -1, block).max(axis=2)
    return np.repeat(blocks / 127, block, axis=1) * 0.501


@pytest.mark.parametrize("stored", [np.float32, np.float16])
@pytest.mark.parametrize("transpose", [True, False])
def test_a_product_in_8_bits_is_off_by_half_a_step_of_each_weight(
    transpose: bool, stored: type
) -> None:
    weights = _weights(24, 2 * BLOCK).astype(stored).astype(np.float32)
    given = np.random.default_rng(1).normal(size=(2, 5, 2 * BLOCK)).astype(np.float32)
    model = _product(weights if transpose else weights.T.copy(), transpose, stored)
    before = _run(model, given)
    compress_products(model, BLOCK)
    after = _run(model, given)
    assert (before > 0).any()
    assert (np.abs(after - before) <= np.abs(given) @ _error(weights, BLOCK).T + 1e-4).all()
    assert not np.array_equal(after, before)
    assert _integers(model) == [(24, 2, BLOCK)]


def test_a_product_keeps_the_transposition_of_its_other_side() -> None:
    weights, given = _weights(24, BLOCK), np.ones((2, BLOCK, 5), np.float32)
    columns = op.parameter([-1, BLOCK, -1], np.float32)
    product = op.matmul(columns, op.constant(weights), True, True)
    model = openvino.Model([product], [columns], "product")
    before = _run(model, given)
    compress_products(model, BLOCK)
    after = _run(model, given)
    assert after.shape == (2, 5, 24)
    bound = _error(weights, BLOCK).sum(axis=1) + 1e-4
    assert (np.abs(after - before) <= bound).all()


@pytest.mark.parametrize("stored", [np.float32, np.float16])
def test_a_table_in_8_bits_is_off_by_half_a_step_in_each_row(stored: type) -> None:
    table = _weights(TABLE_ROWS, 2 * TABLE_BLOCK).astype(stored).astype(np.float32)
    ids = np.array([[0, 1, 2], [TABLE_ROWS - 1, 7, 7]])
    model = _table(table, stored)
    before = _run(model, ids)
    np.testing.assert_allclose(before, np.maximum(table[ids], 0))
    compress_table(model)
    after = _run(model, ids)
    assert (np.abs(after - before) <= _error(table, TABLE_BLOCK)[ids] + 1e-6).all()
    assert not np.array_equal(after, before)
    assert _integers(model) == [table.shape]


def test_weights_that_were_in_8_bits_come_back_exactly() -> None:
    """As those of the bundled model, whose blocks have few values."""
    rng = np.random.default_rng(2)
    table = rng.integers(-127, 128, (TABLE_ROWS, TABLE_BLOCK)).astype(np.float32)
    table[:, 0] = 127
    ids = np.arange(TABLE_ROWS).reshape(2, -1)
    model = _table(table)
    compress_table(model)
    np.testing.assert_array_equal(_run(model, ids), np.maximum(table[ids], 0))


@pytest.mark.parametrize(
    "shape", [(24, BLOCK + 1), (24, BLOCK - 1), (2, 24, BLOCK)], ids=["over", "under", "batched"]
)
def test_a_product_whose_shape_does_not_fit_is_left_as_it_was(shape: tuple[int, ...]) -> None:
    rows = op.parameter([-1, -1, shape[-1]], np.float32)
    product = op.matmul(rows, op.constant(np.ones(shape, np.float32)), False, True)
    model = openvino.Model([product], [rows], "product")
    before = _operations(model)
    compress_products(model, BLOCK)
    assert _operations(model) == before
    assert _integers(model) == []


@pytest.mark.parametrize(
    "shape",
    [(TABLE_ROWS - 1, TABLE_BLOCK), (TABLE_ROWS, TABLE_BLOCK + 1), (TABLE_ROWS,)],
    ids=["few rows", "width", "one column"],
)
def test_a_table_whose_shape_does_not_fit_is_left_as_it_was(shape: tuple[int, ...]) -> None:
    model = _table(np.ones(shape, np.float32))
    before = _operations(model)
    compress_table(model)
    assert _operations(model) == before
    assert _integers(model) == []


def test_what_is_computed_is_no_table_and_no_weights() -> None:
    """Attention multiplies what it computed; there is nothing to store."""
    rows = op.parameter([-1, -1, BLOCK], np.float32)
    model = openvino.Model([op.matmul(rows, rows, False, True)], [rows], "attention")
    before = _operations(model)
    compress_products(model, BLOCK)
    compress_table(model)
    assert _operations(model) == before
