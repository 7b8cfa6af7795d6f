"""Update rules executed from their equations: expression trees to functions of stacked tensors.

What depends on constants alone is computed once, what depends on the clock `t` besides is one number a step, both
in double precision; the rest is elementwise over all parameters of all lanes.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from catlearn.plan.ir import ConstantNode, ExpressionNode, RulePlan, SymbolNode

Value = float | Tensor
Environment = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class _Code:
    """A compiled expression: its value in an environment, and the symbols on which that depends."""

    evaluate: Callable[[Environment], Value]
    symbols: frozenset[str]


Codes = Mapping[str, _Code]


@dataclass(frozen=True, slots=True)
class Update:
    """A compiled rule, acting on parameters theta of any shape and on states of the same shape."""

    states: tuple[str, ...]
    _initial: tuple[_Code, ...]
    _equations: tuple[tuple[str, _Code], ...]

    def initial(self, theta: Tensor) -> tuple[Tensor, ...]:
        """The states before the first step from theta, in the order of `states`."""
        return tuple(_tensor(code.evaluate({"theta": theta}), theta) for code in self._initial)

    def step(
        self, theta: Tensor, gradient: Tensor, t: int, states: Sequence[Tensor]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The next parameters and states; `t` is 1 at the first step."""
        values: dict[str, Value] = {"theta": theta, "g": gradient, "t": float(t)}
        values.update(zip(self.states, states, strict=True))
        for name, code in self._equations:
            values[f"{name}'"] = _tensor(code.evaluate(values), theta)
        following = tuple(cast(Tensor, values[f"{name}'"]) for name in self.states)
        return cast(Tensor, values["theta'"]), following


def compile_rule(rule: RulePlan) -> Update:
    """The function that a rule's equations define. Raises `ValueError` where a hyperparameter is not constant."""
    known: dict[str, _Code] = {}
    for argument in rule.arguments:
        known[argument.name] = _compile(argument.value, known)
        if known[argument.name].symbols:
            raise ValueError(f"hyperparameter `{argument.name}` of `{rule.name}` is not constant")
    return Update(
        tuple(state.name for state in rule.states),
        tuple(_compile(state.value, known) for state in rule.states),
        tuple((equation.name.rstrip("'"), _compile(equation.value, known)) for equation in rule.equations),
    )


def _compile(node: ExpressionNode, known: Codes) -> _Code:
    if isinstance(node, ConstantNode):
        return _constant(node.numerator / node.denominator)
    if isinstance(node, SymbolNode):
        return known.get(node.name) or _Code(operator.itemgetter(node.name), frozenset({node.name}))
    arguments = [_compile(argument, known) for argument in node.arguments]
    symbols = frozenset[str]().union(*(argument.symbols for argument in arguments))
    function = (_SCALARS if symbols <= {"t"} else _TENSORS)[node.operation]
    code = _Code(_applied(function, [argument.evaluate for argument in arguments]), symbols)
    return code if symbols else _constant(code.evaluate({}))


def _constant(value: Value) -> _Code:
    return _Code(lambda _: value, frozenset())


def _applied(
    function: Callable[..., Value], arguments: Sequence[Callable[[Environment], Value]]
) -> Callable[[Environment], Value]:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda values: function(only(values))
    left, right = arguments
    return lambda values: function(left(values), right(values))


def _tensor(value: Value, like: Tensor) -> Tensor:
    return value if isinstance(value, Tensor) else torch.full_like(like, value)


def _scalar(function: Callable[..., Any]) -> Callable[..., float]:
    """A function of numpy on floats: infinities and NaN as IEEE 754 has them, never an exception."""

    def evaluate(*arguments: float) -> float:
        with np.errstate(all="ignore"):
            return float(function(*map(np.float64, arguments)))

    return evaluate


def _maximum(left: Value, right: Value) -> Value:
    return torch.clamp(left, min=right) if isinstance(left, Tensor) else torch.clamp(cast(Tensor, right), min=left)


def _minimum(left: Value, right: Value) -> Value:
    return torch.clamp(left, max=right) if isinstance(left, Tensor) else torch.clamp(cast(Tensor, right), max=left)


_SCALARS: Mapping[str, Callable[..., Value]] = {
    "add": _scalar(np.add),
    "subtract": _scalar(np.subtract),
    "multiply": _scalar(np.multiply),
    "divide": _scalar(np.divide),
    "power": _scalar(np.power),
    "negate": _scalar(np.negative),
    "sqrt": _scalar(np.sqrt),
    "sign": _scalar(np.sign),
    "absolute": _scalar(np.absolute),
    "maximum": _scalar(np.maximum),
    "minimum": _scalar(np.minimum),
}

_TENSORS: Mapping[str, Callable[..., Value]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negate": operator.neg,
    "sqrt": torch.sqrt,
    "sign": torch.sign,
    "absolute": torch.abs,
    "maximum": _maximum,
    "minimum": _minimum,
}
