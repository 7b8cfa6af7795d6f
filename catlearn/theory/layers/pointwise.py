"""Layers without parameters that act on each number, on each row, or only on the shape."""

from math import prod

from catlearn.syntax import tree
from catlearn.theory.layers.kind import Argument, Kind, Shape, Value, Values
from catlearn.theory.values import number


def _same(shape: Shape, _values: Values) -> Shape:
    return shape


def _flat(shape: Shape, _values: Values) -> Shape:
    return (prod(shape),)


def _rate(expression: tree.Expression) -> Value | None:
    value = number(expression)
    return value if value is not None and 0 <= value < 1 else None


ELEMENTWISE = ("gelu", "relu", "sigmoid", "tanh")
"""Activations that act on each number by itself."""

RATE = Argument("p", _rate, "a number from 0 up to, but not, 1")

KINDS = (
    *(Kind(name, (), _same, name) for name in ELEMENTWISE),
    Kind("softmax", (), _same, "softmax"),
    Kind("flatten", (), _flat, "flatten"),
    Kind("dropout", (RATE,), _same, "dropout(0.1)", random=True),
)
"""`softmax` normalises along the last axis. `dropout` does nothing in eval mode."""
