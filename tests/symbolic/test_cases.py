"""Piecewise expressions by cases of sign, and states that are known functions of the step."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.category.cell import states
from catlearn.category.update_rule import StrictCell, initial, step
from catlearn.evidence.cases import Simplified, cases_in_which_zero
from catlearn.evidence.closed_forms import closed_forms
from catlearn.evidence.rescaling import ALGEBRA
from catlearn.theory.check import check_texts

X, Y, Z = sympy.symbols("x y z", real=True)
C = sympy.Symbol("c", positive=True)
MAX, MIN, ABS, SIGN = sympy.Max, sympy.Min, sympy.Abs, sympy.sign

ZERO = (
    MAX(-C, MIN(C, X)) - SIGN(X) * MIN(ABS(X), C),
    MAX(X, Y) - (X + Y + ABS(X - Y)) / 2,
    MIN(X, Y) - (X + Y - ABS(X - Y)) / 2,
    MAX(X, Y) * MIN(X, Y) - X * Y,
    MAX(X, Y) + MIN(X, Y) - X - Y,
    ABS(MAX(X, Y)) - MAX(ABS(MAX(X, Y)), MAX(X, Y)),
    MAX(X + Y, Y + Z) - Y - MAX(X, Z),
    ABS(X * Y) - MAX(X * Y, -X * Y),
    MAX(X * (Y - Z), 0) - MIN(X * (Z - Y), 0) - ABS(X * (Y - Z)) - MAX(0, X * (Y - Z)) + MAX(X * (Z - Y), 0),
    ABS(ABS(X) - ABS(Y)) - MAX(ABS(X), ABS(Y)) + MIN(ABS(X), ABS(Y)),
)
NOT_ZERO = (
    MAX(-C, MIN(C, X)) - SIGN(X) * MIN(ABS(X), 2 * C),
    MAX(-Y, MIN(Y, X)) - SIGN(X) * MIN(ABS(X), Y),
    MAX(X, Y) - (X + Y - ABS(X - Y)) / 2,
    SIGN(X) ** 2 - 1,
    ABS(X) - X,
    MAX(X, Y) * MIN(X, Z) - X * Y,
    MAX(X, 0) - MAX(X, -X) / 2,
    ABS(X * Y) - MAX(X * Y, 0),
)
"""The second differs where y is below 0, the fourth at 0 only."""

NUMBERS = [sympy.Rational(number, 2) for number in (-3, -2, -1, 0, 1, 2, 3)]


def zero_at_numbers(expression: sympy.Expr) -> bool:
    """The oracle: whether an expression is zero wherever its symbols are small numbers."""
    symbols = sorted(expression.free_symbols, key=str)
    grids = ([number for number in NUMBERS if number > 0 or not symbol.is_positive] for symbol in symbols)
    return all(expression.subs(dict(zip(symbols, point, strict=True))) == 0 for point in product(*grids))


@pytest.mark.parametrize("expression", ZERO, ids=str)
def test_what_is_zero_in_each_case_is_seen(expression: sympy.Expr) -> None:
    assert cases_in_which_zero(expression, sympy.expand)
    assert zero_at_numbers(expression)


@pytest.mark.parametrize("expression", NOT_ZERO, ids=str)
def test_what_is_not_zero_in_one_case_is_left_open(expression: sympy.Expr) -> None:
    assert cases_in_which_zero(expression, sympy.expand) is None
    assert not zero_at_numbers(expression)


@st.composite
def piecewise(draw: st.DrawFn) -> sympy.Expr:
    """A difference of two nested maxima, minima, absolute values and sums of the symbols."""

    def drawn(depth: int) -> sympy.Expr:
        if depth == 0 or draw(st.booleans()):
            return draw(st.sampled_from((X, Y, C, -X, sympy.S.One)))
        kind = draw(st.sampled_from((MAX, MIN, sympy.Add, ABS)))
        return kind(*(drawn(depth - 1) for _ in range(1 if kind is ABS else 2)))

    return drawn(2) - drawn(2)


@settings(max_examples=60)
@given(piecewise())
def test_what_is_shown_to_be_zero_is_zero_at_numbers(expression: sympy.Expr) -> None:
    if cases_in_which_zero(expression, sympy.expand):
        assert zero_at_numbers(expression)


def where_all_is_positive(expression: sympy.Expr, simplified: Simplified) -> int | None:
    """A saboteur: one case, in which every symbol is positive."""
    positive = {symbol: sympy.Dummy(symbol.name, positive=True) for symbol in expression.free_symbols}
    return 1 if simplified(expression.subs(positive)) == 0 else None


def wrongly_shown(search: Callable[[sympy.Expr, Simplified], int | None]) -> list[sympy.Expr]:
    return [expression for expression in NOT_ZERO if search(expression, sympy.expand)]


def test_saboteur_one_case_alone_shows_what_is_not_zero() -> None:
    assert wrongly_shown(where_all_is_positive)
    assert not wrongly_shown(cases_in_which_zero)


def recurrence(equation: str, first: str, more: str = "assume constant(a, c)") -> StrictCell:
    text = (
        f"optimiser one(lr, a, c) {{\n  state s = {first}\n  s' = {equation}\n  theta' = theta - lr * g * s'\n}}\n"
        f"cell k : one(lr, a, c) => one(lr, a, c) strict {{ s |-> s, {more} }}\nclaim l : k\n"
    )
    found = check_texts("cell.cat", text, {})
    assert found.theory is not None, found.diagnostics
    return found.theory.strict_cells["k"].cell


CLOCK = sympy.Symbol("t", integer=True, positive=True)
SYMBOLS = {name: sympy.Symbol(name, real=True) for name in ("lr", "a", "c")}


def solved(cell: StrictCell) -> dict[str, sympy.Expr]:
    return {form.state: form.before for form in closed_forms(cell, ALGEBRA, SYMBOLS, CLOCK)}


def run_values(cell: StrictCell, steps: int) -> list[Fraction]:
    """The state before each step, by running the rule."""
    at = {"lr": Fraction(1, 2), "a": Fraction(2, 3), "c": Fraction(1, 5)}
    state, seen = initial(cell.source, Fraction(1), at), []
    for count in range(1, steps + 1):
        value = state["s"]
        assert isinstance(value, Fraction)
        seen.append(value)
        state = step(cell.source, state, Fraction(3), count, at)
    return seen


def follows(form: sympy.Expr, values: list[Fraction]) -> bool:
    at = {SYMBOLS["a"]: sympy.Rational(2, 3), SYMBOLS["c"]: sympy.Rational(1, 5)}
    expected = [sympy.Rational(value.numerator, value.denominator) for value in values]
    return [form.subs({**at, CLOCK: count}) for count in range(1, len(values) + 1)] == expected


SOLVABLE = (
    ("a * s + (1 - a)", "0"),
    ("a * s", "1"),
    ("s + c", "c"),
    ("c + s * a - a * c", "a"),
    ("s", "2"),
    ("c", "c"),
)


@pytest.mark.parametrize(("equation", "first"), SOLVABLE)
def test_a_closed_form_is_what_the_rule_runs_through(equation: str, first: str) -> None:
    cell = recurrence(equation, first)
    assert follows(solved(cell)["s"], run_values(cell, 5))


@pytest.mark.parametrize(("equation", "first"), SOLVABLE[:4])
def test_saboteur_the_value_after_a_step_is_not_the_one_before_it(equation: str, first: str) -> None:
    cell = recurrence(equation, first)
    assert not follows(solved(cell)["s"].subs(CLOCK, CLOCK + 1), run_values(cell, 5))


@pytest.mark.parametrize(
    ("equation", "first", "more"),
    [
        ("a * s + (1 - a)", "0", "assume constant(c)"),
        ("a * s + g", "0", "assume constant(a, c)"),
        ("a * s * s", "1", "assume constant(a, c)"),
        ("a * s + c", "theta", "assume constant(a, c)"),
        ("a * s + t", "0", "assume constant(a, c)"),
        ("a * s + c", "0", "assume constant(a, c)"),
    ],
    ids=["varying", "gradient", "square", "from-theta", "step", "undefined-where-a-is-1"],
)
def test_what_is_no_function_of_the_step_alone_is_left_a_symbol(equation: str, first: str, more: str) -> None:
    cell = recurrence(equation, first, more)
    assert states(cell.source) == ("s",)
    assert solved(cell) == {}
