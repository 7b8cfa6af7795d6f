"""What a kind of layer is: its arguments, the shape that it gives, and the tensors that it has."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from catlearn.syntax import tree

Shape = tuple[int, ...]
Value = int | Fraction
Values = Mapping[str, Any]
Tensors = tuple[tuple[str, Shape], ...]


class Argument(NamedTuple):
    """An argument of a layer: how it is read, which form it must have, and its default where it has one."""

    name: str
    read: Callable[[tree.Expression], Value | None]
    wanted: str
    default: Value | None = None


def _nothing(_shape: Shape, _values: Values) -> Tensors:
    return ()


class Kind(NamedTuple):
    """One kind of layer.

    `output` gives the shape that the layer makes of an input shape, or in words the shape that it needs; `tensors`
    are its parameters and `buffers` what it keeps beside them. `said` are the arguments that an axis of the output
    shape says. `example` is how the layer is written. A `random` layer draws in training, by its path."""

    name: str
    arguments: tuple[Argument, ...]
    output: Callable[[Shape, Values], Shape | str]
    example: str
    tensors: Callable[[Shape, Values], Tensors] = _nothing
    buffers: Callable[[Shape, Values], Tensors] = _nothing
    said: Mapping[str, int] = {}
    random: bool = False
