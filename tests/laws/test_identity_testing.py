"""The filter before exact points: a cell that it passes over is broken at none of them."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.category.cell import cell_residue
from catlearn.category.enclosure import EXACT
from catlearn.category.expression import Apply, Expression, Symbol, substitute
from catlearn.category.identity_testing import commutes_identically
from catlearn.category.update_rule import StrictCell, UpdateRule, bind, step_in
from catlearn.theory.check import check_file, check_texts
from tests.laws.arbitrary import NAMES, expressions

TRUTHS = sorted((Path(__file__).parents[1] / "symbolic").glob("*.cat"))


def between(one: str, other: str, more: str = "") -> StrictCell:
    """The cell between two rules of one state `s`, its identity as map, that move `theta` by two expressions."""
    rules = "".join(
        f"optimiser {name}(lr, b) {{\n  state s = 0\n  s' = g\n  theta' = theta - lr * ({move})\n}}\n"
        for name, move in (("one", one), ("other", other))
    )
    cell = f"cell c : one(lr, b) => other(lr, b) strict {{ s |-> s {more} }}\nclaim k : c\n"
    found = check_texts("cell.cat", rules + cell, {})
    assert found.theory is not None, found.diagnostics
    return found.theory.strict_cells["c"].cell


SAME = (
    ("(g + s) * b", "b * s + b * g"),
    ("sqrt(s) / (g + 1)", "(1 / (1 + g)) * sqrt(s)"),
    ("b^t * b", "b * b^t"),
    ("(1 - b^t) / (1 - b)", "(b^t - 1) / (b - 1)"),
    ("max(s, g) * 2", "max(s, g) + max(s, g)"),
    ("sqrt(g * g)", "sqrt(g^2)"),
    ("(g + s) / b", "g / b + s / b"),
)
"""Pairs that are one expression formally."""

NOT_THE_SAME = (
    ("g / g", "1"),
    ("sqrt(g^2)", "g"),
    ("sqrt(g)^2", "g"),
    ("abs(s)", "s"),
    ("max(s, g)", "g"),
    ("sign(g) * sign(g)", "1"),
    ("(0 - b)^t", "b^t"),
    ("(0 - b)^t", "-(b^t)"),
    ("g^(t - 1) / g^(t - 1)", "1"),
    ("(s * s)^(t - 1)", "s^(2 * t - 2) * (s + 1) / (s + 1)"),
    ("g / (b - b + g)", "1"),
)
"""Pairs that agree at most points, or formally but for where they are defined."""


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_expression_written_twice_is_passed_over(one: str, other: str) -> None:
    assert commutes_identically(between(one, other))
    assert cell_residue(between(one, other)) is None


@pytest.mark.parametrize(("one", "other"), NOT_THE_SAME)
def test_what_differs_anywhere_is_left_to_exact_points(one: str, other: str) -> None:
    assert not commutes_identically(between(one, other))


def test_a_power_of_a_rate_assumed_to_be_zero_is_left_to_exact_points() -> None:
    early = between("g + b^(t - 1)", "g", ", assume zero(b)")
    assert not commutes_identically(early)
    assert cell_residue(early) is not None


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.name)
def test_no_cell_of_the_truths_that_is_passed_over_is_broken(path: Path) -> None:
    theory = check_file(path).theory
    assert theory is not None
    passed_over = [named.cell for named in theory.strict_cells.values() if commutes_identically(named.cell)]
    assert len(passed_over) > 5
    assert not [cell for cell in passed_over if cell_residue(cell)]


A, B, C = map(Symbol, NAMES)


def _apply(operation: str, *operands: Expression) -> Expression:
    return Apply(operation, operands)


REWRITINGS = (
    (_apply("add", A, B), _apply("add", B, A)),
    (_apply("multiply", _apply("add", A, B), C), _apply("add", _apply("multiply", A, C), _apply("multiply", B, C))),
    (_apply("multiply", _apply("divide", A, B), B), A),
    (_apply("multiply", _apply("sqrt", A), _apply("sqrt", A)), A),
    (_apply("sqrt", _apply("multiply", A, A)), A),
    (_apply("multiply", _apply("sign", A), _apply("absolute", A)), A),
    (_apply("maximum", A, B), A),
    (_apply("divide", A, _apply("divide", B, C)), _apply("divide", _apply("multiply", A, C), B)),
)
READ = dict(zip(NAMES, map(Symbol, ("g", "b", "theta")), strict=True))


def moved_by(one: Expression, other: Expression) -> StrictCell:
    """The cell between two rules without states that move `theta` by two expressions over `g`, `b` and `theta`."""
    rules = (
        UpdateRule(name, (("b", None),), (), (("theta", Apply("subtract", (Symbol("theta"), substitute(move, READ)))),))
        for name, move in (("one", one), ("other", other))
    )
    source, target = (bind(rule, {"b": Symbol("b")}) for rule in rules)
    return StrictCell(source, target, (), frozenset())


Filter = Callable[[StrictCell], bool]


def hides(filtered: Filter, cell: StrictCell) -> bool:
    """Whether a filter passes over a cell that exact points break."""
    return filtered(cell) and cell_residue(cell) is not None


@given(st.sampled_from(REWRITINGS), expressions(), expressions(), expressions())
def test_no_rewriting_that_breaks_a_cell_is_passed_over(rewriting, one, other, third):
    images = dict(zip(NAMES, (one, other, third), strict=True))
    left, right = (substitute(side, images) for side in rewriting)
    assert not hides(commutes_identically, moved_by(left, right))


def same_at_one_point(cell: StrictCell) -> bool:
    """A saboteur: one step at one point, where everything is positive and defined."""
    state, at = {"theta": Fraction(3)}, {"b": Fraction(1, 2)}
    ends = (step_in(EXACT, side, state, Fraction(5), Fraction(1), at) for side in (cell.source, cell.target))
    return next(ends) == next(ends)


def test_saboteur_one_point_hides_cells_that_are_broken() -> None:
    roots = _apply("sqrt", _apply("multiply", A, A)), A
    quotient = _apply("multiply", _apply("divide", A, A), A), A
    assert all(hides(same_at_one_point, moved_by(*pair)) for pair in (roots, quotient))
    assert not any(hides(commutes_identically, moved_by(*pair)) for pair in (roots, quotient))
