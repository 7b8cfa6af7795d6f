"""Expressions of update rules as Python on tensors, with no more parentheses than their meaning needs."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from catlearn.plan.ir import ApplyNode, ConstantNode, ExpressionNode, SymbolNode

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""How tightly the outermost operation of a text binds."""


class Written(NamedTuple):
    """An expression as Python: how tightly it binds, and whether its value is a tensor rather than a float."""

    text: str
    binds: int
    tensor: bool

    def within(self, least: int) -> str:
        """The text where at least such binding is needed."""
        return self.text if self.binds >= least else f"({self.text})"


Symbols = Mapping[str, Written]
"""What each symbol of an expression is in Python."""


def symbol(name: str, tensor: bool) -> Written:
    """A variable as an expression."""
    return Written(name, ATOM, tensor)


def written(node: ExpressionNode, symbols: Symbols) -> Written:
    """An expression in Python. Raises `KeyError` for a symbol without a meaning."""
    if isinstance(node, ConstantNode):
        return _constant(node.numerator, node.denominator)
    if isinstance(node, SymbolNode):
        return symbols[node.name]
    return _applied(node, tuple(written(argument, symbols) for argument in node.arguments))


def _constant(numerator: int, denominator: int) -> Written:
    """A rational number: as a decimal where that is exact, else as a quotient, which rounds to the same double."""
    if not _decimal(denominator):
        return Written(f"{numerator} / {denominator}", PRODUCT, False)
    whole = denominator == 1 and abs(numerator) < _LARGEST
    text = str(numerator) if whole else repr(numerator / denominator)
    return Written(text, SIGN if numerator < 0 else ATOM, False)


_LARGEST = 2**53
"""Whole numbers beyond are written as floats, which tensors can be multiplied by."""


def _decimal(denominator: int) -> bool:
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


_BINARY = {
    "add": ("+", SUM, SUM, PRODUCT),
    "subtract": ("-", SUM, SUM, PRODUCT),
    "multiply": ("*", PRODUCT, PRODUCT, SIGN),
    "divide": ("/", PRODUCT, PRODUCT, SIGN),
}
"""Operators: how tightly they bind, and how tightly their left and right arguments must."""

_OF_TENSORS = {"sqrt": "torch.sqrt", "sign": "torch.sign", "absolute": "torch.abs"}
_OF_FLOATS = {"absolute": "abs"} | {name: f"math.{name}" for name in ("sqrt", "exp", "log", "sin", "cos")}
_EXTREMES = {"maximum": ("max", "min"), "minimum": ("min", "max")}
"""The greater or lesser of two floats, and the bound of a tensor that a number is when it takes part in that."""


def _applied(node: ApplyNode, arguments: tuple[Written, ...]) -> Written:
    tensor = any(argument.tensor for argument in arguments)
    if node.operation in _BINARY:
        sign, binds, left, right = _BINARY[node.operation]
        return Written(f"{arguments[0].within(left)} {sign} {arguments[1].within(right)}", binds, tensor)
    if node.operation == "power":
        return _power(*arguments)
    if node.operation == "negate":
        return Written(f"-{arguments[0].within(SIGN)}", SIGN, tensor)
    if node.operation in _EXTREMES:
        return _extreme(node.operation, *arguments)
    if node.operation == "sign" and not tensor:
        only = arguments[0].within(SUM)
        return Written(f"(({only} > 0) - ({only} < 0))", ATOM, False)
    function = (_OF_TENSORS if tensor else _OF_FLOATS)[node.operation]
    return Written(f"{function}({arguments[0].text})", ATOM, tensor)


_SIMPLE = re.compile(r"-?(\d[\d.]*(e[-+]?\d+)?|[A-Za-z_]\w*)")
"""What formatters write a power of without spaces."""


def _power(base: Written, exponent: Written) -> Written:
    texts = base.within(ATOM), exponent.within(SIGN)
    hugging = all(_SIMPLE.fullmatch(text) for text in texts)
    return Written(("**" if hugging else " ** ").join(texts), POWER, base.tensor or exponent.tensor)


def _extreme(operation: str, left: Written, right: Written) -> Written:
    function, bound = _EXTREMES[operation]
    if left.tensor and right.tensor:
        return Written(f"torch.{operation}({left.text}, {right.text})", ATOM, True)
    if not left.tensor and not right.tensor:
        return Written(f"{function}({left.text}, {right.text})", ATOM, False)
    tensor, number = (left, right) if left.tensor else (right, left)
    return Written(f"torch.clamp({tensor.text}, {bound}={number.text})", ATOM, True)
