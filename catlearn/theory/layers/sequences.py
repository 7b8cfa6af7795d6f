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


HEADS = Argument("heads", positive_whole, "a whole number of heads above 0")

KINDS = (Kind("attention", (HEADS,), _attention, "attention(4)", _attention_tensors),)
"""Self-attention of several heads (Vaswani et al. 2017), each position attending to all, without a mask: the rows of
`in_weight` are queries, keys and values, in this order."""
