"""Files of arrays, against the library of their format."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from catlearn.store.tensors import serialised

TYPES = ["bool", "int8", "uint8", "int16", "uint16", "float16", "int32", "uint32", "float32", "complex64"]
TYPES += ["int64", "uint64", "float64"]

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)


@st.composite
def arrays(draw):
    """An array of some type and shape, or a view on every other number of one."""
    kind, shape = draw(st.sampled_from(TYPES)), draw(shapes)
    numbers = np.arange(2 * max(1, int(np.prod(shape)))) % 2 if kind == "bool" else np.arange(2 * 27) % 100
    laid = np.resize(numbers.astype(kind), (*shape, 2))
    return laid[..., 1] if draw(st.booleans()) else np.ascontiguousarray(laid[..., 0])


@given(st.dictionaries(names, arrays(), max_size=5))
def test_bytes_are_those_of_the_library(found):
    theirs = save({name: np.ascontiguousarray(array) for name, array in found.items()})
    assert serialised(found) == theirs
    assert all(np.array_equal(np.atleast_1d(found[name]), array) for name, array in load(theirs).items())
