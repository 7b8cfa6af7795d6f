"""Arrays as one sequence of bytes in the format of safetensors, bit for bit as its library lays them out.

The library copies everything several times, which took a twentieth of a short run of a million parameters; here each
array is copied once. Reading is left to the library.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

_TYPES = {
    "<u8": "U64",
    "<i8": "I64",
    "<f8": "F64",
    "<c8": "C64",
    "<f4": "F32",
    "<u4": "U32",
    "<i4": "I32",
    "<f2": "F16",
    "<u2": "U16",
    "<i2": "I16",
    "|i1": "I8",
    "|u1": "U8",
    "|b1": "BOOL",
}
"""The names of the types, in the order in which their arrays lie: the wider ones first, so that all are aligned."""

_ORDER = {kind: place for place, kind in enumerate(_TYPES)}
_ALIGNMENT = 8


def serialised(arrays: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    """The bytes of a file that holds some arrays, a single number as one of length 1: the length of the header, the
    header as JSON, and the arrays, each row by row. Raises `KeyError` for an array of another type."""
    laid = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    placed = sorted(laid.items(), key=lambda item: (_ORDER[item[1].dtype.str], item[0]))
    header, end = {}, 0
    for name, array in placed:
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": _TYPES[array.dtype.str], "shape": array.shape, "data_offsets": (begin, end)}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % _ALIGNMENT)
    return b"".join(
        [len(text).to_bytes(8, "little"), text, *(array.data.cast("B") for _, array in placed if array.size)]
    )
