"""Expressions: evaluation against Python's own arithmetic, substitution, and enclosures that must hold the truth."""

import math
import operator
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catlearn.category.enclosure import Enclosure, Gap, apply, differ, ends, show_value
from catlearn.category.expression import (
    Apply,
    Constant,
    Expression,
    Symbol,
    evaluate,
    show,
    size,
    substitute,
    symbols,
    too_deep,
    value_at,
)
from tests.laws.arbitrary import NAMES, expressions, points, rationals

X, Y = Symbol("x"), Symbol("y")
RATIONAL = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negate": operator.neg,
    "sign": lambda number: Fraction((number > 0) - (number < 0)),
    "absolute": abs,
    "maximum": max,
    "minimum": min,
}


def by_python(expression: Expression, point: dict[str, Fraction]) -> Fraction:
    match expression:
        case Constant(value):
            return value
        case Symbol(name):
            return point[name]
        case Apply("power", (base, Constant(exponent))):
            return by_python(base, point) ** int(exponent)
        case Apply(operation, arguments):
            return RATIONAL[operation](*(by_python(argument, point) for argument in arguments))


@given(expressions(*(name for name in RATIONAL if name != "power")), points)
def test_rational_expressions_have_the_value_that_python_gives_them(expression, point):
    try:
        expected = by_python(expression, point)
    except ZeroDivisionError:
        assert value_at(expression, point) is Gap.UNDEFINED
    else:
        assert evaluate(expression, point) == expected


@given(expressions(), st.dictionaries(st.sampled_from(NAMES), expressions("add", "multiply")), points)
def test_substitution_is_evaluation_of_what_is_put_in(expression, replacements, point):
    inner = {name: value_at(replacements.get(name, Symbol(name)), point) for name in NAMES}
    assert value_at(substitute(expression, replacements), point) == value_at(expression, inner)


def test_substitution_is_simultaneous():
    swapped = substitute(Apply("subtract", (X, Y)), {"x": Y, "y": X})
    assert swapped == Apply("subtract", (Y, X))
    assert swapped != substitute(substitute(Apply("subtract", (X, Y)), {"x": Y}), {"y": X})


@given(expressions())
def test_symbols_are_those_whose_replacement_is_seen(expression):
    for name in NAMES:
        seen = substitute(expression, {name: Symbol("fresh")}) != expression
        assert seen == (name in symbols(expression))


@given(rationals.filter(lambda number: number >= 0))
def test_the_enclosure_of_a_root_holds_it_tightly(number):
    root = apply("sqrt", (number,))
    low, high = ends(root)
    assert low**2 <= number <= high**2
    assert high - low < Fraction(1, 10**30)
    assert isinstance(root, Fraction) or not differ(apply("multiply", (root, root)), number)
    assert isinstance(apply("sqrt", (number * number,)), Fraction)


@given(st.sampled_from([name for name in RATIONAL if name != "power"]), rationals, rationals, rationals, rationals)
def test_operations_on_enclosures_hold_every_value_inside(operation, one, other, width, share):
    assume(width != 0)
    share = abs(share) / 4
    low, high = min(one, one + width), max(one, one + width)
    inside = low + share * (high - low)
    arguments = (Enclosure(low, high), other)[: 1 if operation in ("negate", "sign", "absolute") else 2]
    value = apply(operation, arguments)
    if isinstance(value, Gap):
        assert value is (Gap.UNDEFINED if operation == "divide" else Gap.UNKNOWN)
        assert operation == "sign" or other == 0
        return
    found = RATIONAL[operation](*(inside, other)[: len(arguments)])
    assert ends(value)[0] <= found <= ends(value)[1]


@pytest.mark.parametrize(
    ("operation", "arguments", "value"),
    [
        ("sqrt", (Fraction(9, 16),), Fraction(3, 4)),
        ("sqrt", (Fraction(-1),), Gap.UNDEFINED),
        ("divide", (Fraction(0), Fraction(0)), Gap.UNDEFINED),
        ("power", (Fraction(0), Fraction(0)), Fraction(1)),
        ("power", (Fraction(0), Fraction(-1)), Gap.UNDEFINED),
        ("power", (Fraction(2, 3), Fraction(-2)), Fraction(9, 4)),
        ("power", (Fraction(9, 4), Fraction(3, 2)), Fraction(27, 8)),
        ("power", (Fraction(2), Fraction(1, 3)), Gap.UNKNOWN),
        ("power", (Fraction(1, 2), Fraction(10**9)), Gap.UNKNOWN),
        ("power", (Fraction(10**300), Fraction(100)), Gap.UNKNOWN),
        ("add", (Gap.UNKNOWN, Gap.UNDEFINED), Gap.UNDEFINED),
    ],
)
def test_values_at_the_edges(operation, arguments, value):
    assert apply(operation, arguments) == value


def test_irrational_values_are_told_apart_but_never_evaluated():
    root = Apply("sqrt", (X,))
    assert evaluate(root, {"x": Fraction(2)}) is None
    near = Fraction(math.isqrt(2 * 10**60), 10**30)
    assert differ(value_at(root, {"x": Fraction(2)}), near)
    assert not differ(value_at(root, {"x": Fraction(2)}), value_at(root, {"x": Fraction(2)}))
    assert show_value(value_at(root, {"x": Fraction(2)})) == "1.41421356237…"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Apply("subtract", (X, Apply("subtract", (Y, X)))), "x - (y - x)"),
        (Apply("subtract", (Apply("subtract", (X, Y)), X)), "x - y - x"),
        (Apply("divide", (X, Apply("multiply", (X, Y)))), "x / (x * y)"),
        (Apply("multiply", (Apply("negate", (X,)), Y)), "-x * y"),
        (Apply("add", (X, Apply("negate", (Y,)))), "x + (-y)"),
        (Apply("power", (Apply("negate", (X,)), Constant(Fraction(2)))), "(-x)^2"),
        (Apply("negate", (Apply("power", (X, Constant(Fraction(2)))),)), "-x^2"),
        (Apply("power", (Apply("power", (X, Y)), X)), "(x^y)^x"),
        (Apply("maximum", (Symbol("v'"), Apply("absolute", (X,)))), "max(v', abs(x))"),
        (Constant(Fraction(1, 3)), "1 / 3"),
        (Constant(Fraction(-1, 1000)), "-0.001"),
        (Constant(Fraction(1, 10**8)), "1e-8"),
    ],
)
def test_blackboard_notation(expression, text):
    assert show(expression) == text


def test_size_and_depth_do_not_recurse():
    deep = X
    for _ in range(5000):
        deep = Apply("negate", (deep,))
    assert size(deep) == 5001
    assert too_deep(deep)
    assert not too_deep(Apply("negate", (X,)))
