"""Arrays in one file: what is written is what is read, by the safetensors library too."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load

from embeddings.arrays import read_arrays, texts, write_arrays

RNG = np.random.default_rng(0)
ARRAYS: dict[str, np.ndarray[Any, Any]] = {
    "vectors": RNG.normal(size=(7, 5)).astype(np.float32),
    "halves": RNG.normal(size=(3, 2)).astype(np.float16),
    "scores": RNG.normal(size=9),
    "rows": np.arange(-4, 4),
    "numbers": np.arange(11, dtype=np.int32),
    "hashes": RNG.integers(0, 255, (3, 16), np.uint8),
    "none": np.zeros((0, 5), np.float32),
    "nothing": np.zeros(0, np.int64),
}


def _written(arrays: dict[str, np.ndarray[Any, Any]]) -> bytes:
    file = BytesIO()
    write_arrays(file, arrays)
    return file.getvalue()


def _assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)


def test_what_is_read_is_what_was_written() -> None:
    found = read_arrays(memoryview(_written(ARRAYS)))
    assert set(found) == set(ARRAYS)
    _assert_same({name: found[name] for name in ARRAYS}, ARRAYS)


def test_the_safetensors_library_reads_the_same() -> None:
    found = load(_written(ARRAYS))
    _assert_same({name: found[name] for name in ARRAYS}, ARRAYS)
    assert set(found) == set(ARRAYS)


def test_no_arrays_are_none() -> None:
    assert read_arrays(memoryview(_written({}))) == {}


@pytest.mark.parametrize(
    "array", [ARRAYS["vectors"].T, ARRAYS["scores"][::2], np.asfortranarray(ARRAYS["vectors"])]
)
def test_an_array_that_does_not_lie_in_order_is_written_in_order(array: np.ndarray) -> None:
    found = read_arrays(memoryview(_written({"a": array})))
    np.testing.assert_array_equal(found["a"], array)


def test_texts_in_bytes_are_read_as_they_were() -> None:
    ids = np.array([text.encode() for text in ("a", "", "één-twee", "x" * 60)], np.bytes_)
    content = _written({"ids": ids})
    found = read_arrays(memoryview(content))["ids"]
    assert (found.dtype, found.shape) == (np.uint8, (4, 60))
    assert texts(found).tolist() == ids.tolist()
    np.testing.assert_array_equal(load(content)["ids"], found)


def test_no_texts_are_none() -> None:
    none = np.empty(0, "S42")
    assert texts(read_arrays(memoryview(_written({"ids": none})))["ids"]).tolist() == []


def test_arrays_lie_where_they_are_read_and_are_not_to_be_written_to() -> None:
    content = _written(ARRAYS)
    found = read_arrays(memoryview(content))["vectors"]
    whole = np.frombuffer(content, np.uint8)
    assert np.shares_memory(found, whole)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0.0


@pytest.mark.parametrize("name", ["a", "a longer name for it", "é"])
def test_the_first_array_begins_where_a_processor_reads_best(name: str) -> None:
    content = _written({name: ARRAYS["vectors"]})
    start = 8 + int.from_bytes(content[:8], "little")
    assert start % 64 == 0
    assert content[start:] == ARRAYS["vectors"].tobytes()
    assert json.loads(content[8:start])[name]["data_offsets"] == [0, ARRAYS["vectors"].nbytes]


def test_every_array_begins_where_its_numbers_can_be_read() -> None:
    """Where they do not, every search in it copies all of it first."""
    odd = {"ids": np.array([b"abc"] * 3), **ARRAYS}
    memory = np.frombuffer(_written(odd), np.uint8).copy()
    found = read_arrays(memoryview(memory))
    assert [name for name, array in found.items() if not array.flags.aligned] == []


def test_a_type_that_no_array_of_an_index_has_is_refused() -> None:
    with pytest.raises(KeyError, match="complex128"):
        _written({"a": np.zeros(2, np.complex128)})
