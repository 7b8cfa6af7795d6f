"""Layers on sequences, `R[length, width]`."""

from catlearn.theory.layers.kind import Argument, Kind, Shape, Tensors, Values
from catlearn.theory.values import positive_whole


def _attention(shape: Shape, values: Values) -> Shape | str:
    if len(shape) != 2:
        return "a sequence, `R[length, width]`"
    heads = values["heads"]
    return f"a width that {heads} heads divide" if shape[1] % heads else shape


def _attention_tensors(shape: Shape, _values: Values) -> Tensors:
    width = shape[1]
    return (
        ("in_weight", (3 * width, width)),
        ("in_bias", (3 * width,)),
        ("out_weight", (width, width)),
        ("out_bias", (width,)),
    )


def _positions(shape: Shape, _values: Values) -> Shape | str:
    return shape if len(shape) == 2 else "a sequence, `R[length, width]`"


def _positions_tensors(shape: Shape, _values: Values) -> Tensors:
    return (("weight", shape),)


HEADS = Argument("heads", positive_whole, "a whole number of heads above 0")

KINDS = (
    Kind("attention", (HEADS,), _attention, "attention(4)", _attention_tensors),
    Kind("positions", (), _positions, "positions", _positions_tensors),
)
"""Self-attention of several heads (Vaswani et al. 2017), each position attending to all, without a mask: the rows of
`in_weight` are queries, keys and values, in this order. `positions` adds to each row a vector that is learnt for its
place, without which attention does not see the order of the rows."""
