"""Layers that are affine maps of vectors, or of each row of a sequence, and the embedding of words as vectors."""

from catlearn.theory.layers.kind import Argument, Kind, Shape, Tensors, Values
from catlearn.theory.values import positive_whole

ABOVE_ZERO = "a whole number above 0"


def _linear(shape: Shape, values: Values) -> Shape | str:
    return (*shape[:-1], values["features"]) if len(shape) in (1, 2) else "features `R[n]` or rows `R[length, width]`"


def _linear_tensors(shape: Shape, values: Values) -> Tensors:
    return ("weight", (values["features"], shape[-1])), ("bias", (values["features"],))


def _embedding(shape: Shape, values: Values) -> Shape | str:
    return (*shape, values["width"]) if len(shape) == 1 else "one axis of words, `R[length]`"


def _embedding_tensors(_shape: Shape, values: Values) -> Tensors:
    return (("weight", (values["vocabulary"], values["width"])),)


KINDS = (
    Kind(
        "linear",
        (Argument("features", positive_whole, "a whole number of features above 0"),),
        _linear,
        "linear(32)",
        _linear_tensors,
        said={"features": -1},
    ),
    Kind(
        "embedding",
        (Argument("vocabulary", positive_whole, ABOVE_ZERO), Argument("width", positive_whole, ABOVE_ZERO)),
        _embedding,
        "embedding(1000, 64)",
        _embedding_tensors,
        said={"width": 1},
    ),
)
