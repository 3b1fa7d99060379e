"""Arrays in one file, read where they lie: the safetensors format, as memory-mapped here.

Eight bytes with the length of a header, the header as JSON, the arrays one after another. The
library reads it too, but copies: half a gigabyte more for every hundred thousand cases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

_NAMES: Final = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "U8": np.uint8,
}
_NAME_OF: Final = {np.dtype(dtype): name for name, dtype in _NAMES.items()}
_ALIGNED: Final = 64  # bytes: rows of vectors begin where the processor reads them best

Arrays = Mapping[str, npt.NDArray[Any]]


def write_arrays(file: BinaryIO, arrays: Arrays) -> None:
    """Write `arrays`, of one of the types above; of texts in bytes each is a row of U8."""
    header: dict[str, Any] = {}
    plain = {name: np.ascontiguousarray(_plain(array)) for name, array in arrays.items()}
    # the widest first: so each begins where its numbers can be read
    flat = dict(sorted(plain.items(), key=lambda each: -each[1].dtype.itemsize))
    at = 0
    for name, array in flat.items():
        shape = list(array.shape)
        offsets = [at, at + array.nbytes]
        header[name] = {"dtype": _NAME_OF[array.dtype], "shape": shape, "data_offsets": offsets}
        at = offsets[1]
    told = json.dumps(header, separators=(",", ":")).encode()
    told += b" " * (-(8 + len(told)) % _ALIGNED)
    file.write(len(told).to_bytes(8, "little"))
    file.write(told)
    for array in flat.values():
        if array.size:
            file.write(array.reshape(-1).view(np.uint8).data)


def read_arrays(content: memoryview) -> dict[str, npt.NDArray[Any]]:
    """The arrays in `content`, where they lie there; not to be written to."""
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(bytes(content[8:start]))
    found = {}
    for name, told in header.items():
        begin, end = told["data_offsets"]
        dtype = np.dtype(_NAMES[told["dtype"]])
        flat = np.frombuffer(content[start + begin : start + end], dtype)
        found[name] = flat.reshape(told["shape"])
    return found


def texts(rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.bytes_]:
    """Texts in bytes from rows (n, width) of U8."""
    count, width = rows.shape
    return np.ascontiguousarray(rows).view(f"S{width}").reshape(count)


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind != "S":
        return array
    return np.ascontiguousarray(array).view(np.uint8).reshape(len(array), array.dtype.itemsize)
