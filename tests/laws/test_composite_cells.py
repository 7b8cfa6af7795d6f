"""Vertical composition of strict cells: associative, with identities, and sound: composites of cells that no exact
point breaks are broken by none."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.category.cell import cell_residue, composable, composed, invalid, is_sought, reads_theta
from catlearn.category.expression import Apply, Constant, Expression, Symbol, evaluate
from catlearn.category.update_rule import BoundRule, StrictCell, UpdateRule

V, LR, G, THETA = (Symbol(name) for name in ("v", "lr", "g", "theta"))


def times(factor: Fraction, value: Expression) -> Expression:
    return Apply("multiply", (Constant(factor), value))


def ball(scale: Fraction) -> BoundRule:
    """A heavy ball whose velocity is `scale` times that of the plain one."""
    velocity = Apply("add", (times(Fraction(1, 2), V), times(scale, G)))
    step = Apply("subtract", (THETA, Apply("multiply", (LR, times(1 / scale, Symbol("v'"))))))
    rule = UpdateRule(
        f"ball{scale}", (("lr", None),), (("v", Constant(Fraction(0))),), (("v", velocity), ("theta", step))
    )
    return BoundRule(rule, (("lr", LR),))


def rescaling(source: Fraction, target: Fraction) -> StrictCell:
    return StrictCell(ball(source), ball(target), (("v", times(target / source, V)),), frozenset())


def factor(cell: StrictCell) -> Fraction | None:
    return evaluate(dict(cell.state_map)["v"], {"v": Fraction(1)})


scales = st.sampled_from([Fraction(1), Fraction(2), Fraction(-1, 3), Fraction(5, 7)])


@given(scales, scales, scales, scales)
def test_composition_is_associative_and_sound(first, second, third, fourth):
    one, two, three = rescaling(first, second), rescaling(second, third), rescaling(third, fourth)
    left, right = composed(composed(one, two), three), composed(one, composed(two, three))
    assert left == right
    assert factor(left) == fourth / first
    assert not list(invalid(left))
    assert cell_residue(left) is None


@given(scales, scales)
def test_the_identity_changes_nothing(first, second):
    cell = rescaling(first, second)
    identity = replace(cell, target=cell.source, state_map=(("v", V),))
    assert composed(identity, cell) == cell


@given(scales, scales, st.sampled_from([Fraction(2), Fraction(-1), Fraction(1, 5)]))
def test_saboteur_a_factor_changed_in_one_part_breaks_the_composite(first, second, wrong):
    one, two = rescaling(first, second), rescaling(second, first)
    broken = replace(one, state_map=(("v", times(wrong * second / first, V)),))
    assert cell_residue(composed(one, two)) is None
    assert cell_residue(composed(broken, two)) is not None


def test_cells_whose_ends_differ_do_not_compose():
    assert composable(rescaling(Fraction(1), Fraction(2)), rescaling(Fraction(2), Fraction(1)))
    assert not composable(rescaling(Fraction(1), Fraction(2)), rescaling(Fraction(1), Fraction(2)))


def test_assumptions_of_both_parts_are_kept():
    one = replace(rescaling(Fraction(1), Fraction(2)), constant=frozenset({"lr"}))
    two = replace(rescaling(Fraction(2), Fraction(1)), positive=frozenset({"lr"}), nonzero=frozenset({"g"}))
    whole = composed(one, two)
    assert (whole.constant, whole.positive, whole.nonzero) == (one.constant, two.positive, two.nonzero)


@pytest.mark.parametrize("sought", [0, 1])
def test_a_composite_with_a_sought_map_is_sought(sought):
    parts = [rescaling(Fraction(1), Fraction(2)), rescaling(Fraction(2), Fraction(1))]
    parts[sought] = replace(parts[sought], state_map=())
    assert is_sought(composed(*parts))


def test_an_image_that_reads_theta_is_named():
    cell = rescaling(Fraction(1), Fraction(2))
    assert reads_theta(replace(cell, state_map=(("theta", THETA), *cell.state_map))) is None
    assert reads_theta(replace(cell, state_map=(("v", Apply("add", (THETA, V))),))) == "v"
