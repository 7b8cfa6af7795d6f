"""Expressions over real symbols: one notation that is proved about, evaluated exactly, and executed.

A prime marks the next value: `Symbol("v'")` is the value of `v` after the step. Constants are exact rationals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Protocol, TypeVar

from catlearn.category.enclosure import EXACT, Value

OPERATIONS = {
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "divide": 2,
    "power": 2,
    "negate": 1,
    "sqrt": 1,
    "sign": 1,
    "absolute": 1,
    "maximum": 2,
    "minimum": 2,
}
"""The operations of update rules and state maps, by their number of arguments."""

ELEMENTARY = {"exp": 1, "log": 1, "sin": 1, "cos": 1}
"""Further operations, which only landscapes have: their values at rationals other than 0 or 1 are irrational."""

GREATEST_DEPTH = 100
"""Expressions nested deeper are refused where a rule or a cell is checked; functions here may assume this bound."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A rational number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Symbol:
    """A real variable; elementwise over parameters where it stands for `theta`, `g` or a state."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation of `OPERATIONS` applied to as many arguments as it takes."""

    operation: str
    arguments: tuple["Expression", ...]


Expression = Constant | Symbol | Apply

V = TypeVar("V")


class Algebra(Protocol[V]):
    """A set V with a meaning for constants and operations: rationals, other expressions, text, tensors."""

    def constant(self, value: Fraction) -> V:
        """What a rational number means."""

    def apply(self, operation: str, arguments: tuple[V, ...]) -> V:
        """What an operation of `OPERATIONS` means."""


def interpret(algebra: Algebra[V], expression: Expression, values: Mapping[str, V]) -> V:
    """The one homomorphism from expressions to an algebra that sends each symbol to its value.

    Raises `KeyError` for a symbol without a value."""
    if isinstance(expression, Apply):
        arguments = tuple([interpret(algebra, argument, values) for argument in expression.arguments])
        return algebra.apply(expression.operation, arguments)
    return values[expression.name] if isinstance(expression, Symbol) else algebra.constant(expression.value)


def parts(expression: Expression) -> Iterator[tuple[int, Expression]]:
    """Every subexpression with its depth, the whole at depth 1 first, then from left to right."""
    stack = [(1, expression)]
    while stack:
        depth, part = stack.pop()
        yield depth, part
        if isinstance(part, Apply):
            stack.extend((depth + 1, argument) for argument in reversed(part.arguments))


def too_deep(expression: Expression) -> bool:
    """Whether an expression is nested deeper than `GREATEST_DEPTH`."""
    return any(depth > GREATEST_DEPTH for depth, _ in parts(expression))


def size(expression: Expression) -> int:
    """The number of constants, symbols and operations of an expression."""
    return sum(1 for _ in parts(expression))


def symbols(expression: Expression) -> tuple[str, ...]:
    """The names of the symbols of an expression, each once, in order of first appearance."""
    return tuple(dict.fromkeys(part.name for _, part in parts(expression) if isinstance(part, Symbol)))


def value_at(expression: Expression, values: Mapping[str, Value]) -> Value:
    """The value at a point: a rational, a rational enclosure, or why there is none.

    Raises `KeyError` for a symbol without a value."""
    return interpret(EXACT, expression, values)


def evaluate(expression: Expression, values: Mapping[str, Fraction]) -> Fraction | None:
    """The exact value at a rational point; None where it is undefined, irrational, or too large to carry.

    Raises `KeyError` for a symbol without a value.

    >>> evaluate(Apply("sqrt", (Symbol("x"),)), {"x": Fraction(9, 4)})
    Fraction(3, 2)
    >>> evaluate(Apply("sqrt", (Symbol("x"),)), {"x": Fraction(2)}) is None
    True
    """
    result = value_at(expression, values)
    return result if isinstance(result, Fraction) else None


class _Free:
    def constant(self, value: Fraction) -> Expression:
        return Constant(value)

    def apply(self, operation: str, arguments: tuple[Expression, ...]) -> Expression:
        return Apply(operation, arguments)


def substitute(expression: Expression, replacements: Mapping[str, Expression]) -> Expression:
    """The expression with symbols replaced, all at once; symbols without a replacement stay.

    >>> show(substitute(Apply("add", (Symbol("x"), Symbol("y"))), {"x": Symbol("y"), "y": Symbol("x")}))
    'y + x'
    """
    values = {name: Symbol(name) for name in symbols(expression)}
    return interpret(_Free(), expression, {**values, **replacements})


# Blackboard notation. A text comes with the strength of its outermost operator.

_SUM, _PRODUCT, _NEGATION, _POWER, _ATOM = 1, 2, 3, 4, 5
_INFIX = {"add": (" + ", _SUM), "subtract": (" - ", _SUM), "multiply": (" * ", _PRODUCT), "divide": (" / ", _PRODUCT)}
_FUNCTIONS = {"sqrt": "sqrt", "sign": "sign", "absolute": "abs", "maximum": "max", "minimum": "min"}
_FUNCTIONS |= {name: name for name in ELEMENTARY}
_Text = tuple[str, int]


def _bracketed(text: _Text, least: int) -> str:
    return text[0] if text[1] >= least else f"({text[0]})"


def _decimal(value: Fraction) -> str | None:
    """A terminating decimal of at most 30 digits, `1e-8` where it is small, or None."""
    if value.denominator == 1:
        return str(value.numerator)
    with localcontext(prec=30):
        decimal = Decimal(value.numerator) / Decimal(value.denominator)
        return str(decimal).lower() if Fraction(decimal) == value else None


class _Blackboard:
    def constant(self, value: Fraction) -> _Text:
        decimal = _decimal(abs(value))
        sign = "-" if value < 0 else ""
        if decimal is None:
            return f"{sign}{abs(value.numerator)} / {value.denominator}", _PRODUCT
        return f"{sign}{decimal}", _NEGATION if value < 0 else _ATOM

    def apply(self, operation: str, arguments: tuple[_Text, ...]) -> _Text:
        if operation in _FUNCTIONS:
            return f"{_FUNCTIONS[operation]}({', '.join(text for text, _ in arguments)})", _ATOM
        if operation == "negate":
            return f"-{_bracketed(arguments[0], _POWER)}", _NEGATION
        left, right = arguments
        if operation == "power":
            return f"{_bracketed(left, _ATOM)}^{_bracketed(right, _ATOM)}", _POWER
        sign, strength = _INFIX[operation]
        least = _ATOM if right[0].startswith("-") else strength + (operation in ("subtract", "divide"))
        return f"{_bracketed(left, strength)}{sign}{_bracketed(right, least)}", strength


def show(expression: Expression) -> str:
    """The expression in the notation of `.cat` files, with few brackets.

    >>> x, y = Symbol("x"), Symbol("y'")
    >>> show(Apply("multiply", (Constant(Fraction(1, 10)), Apply("subtract", (x, Apply("subtract", (y, x)))))))
    "0.1 * (x - (y' - x))"
    """
    names = {name: (name, _ATOM) for name in symbols(expression)}
    return interpret(_Blackboard(), expression, names)[0]
