"""Update rules as state machines, strict cells as their morphisms: what is invalid is named, and cells compose."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.category import cell as cells
from catlearn.category import update_rule as rules
from catlearn.category.cell import (
    AmbiguousSymbol,
    ConstantUnknown,
    MapsNoState,
    SideInvalid,
    StateMappedTwice,
    StateNotMapped,
    SymbolInMap,
    ThetaMoved,
    Trial,
    cell_residue,
    counterexample_along,
    describe,
    replay,
)
from catlearn.category.enclosure import Gap
from catlearn.category.expression import Apply, Constant, Expression, Symbol, substitute
from catlearn.category.update_rule import (
    ArgumentMissing,
    ArgumentTwice,
    ArgumentUnknown,
    BoundRule,
    EquationTwice,
    EquationWithoutState,
    NameReserved,
    NameTwice,
    PrimeTooEarly,
    StateWithoutEquation,
    StrictCell,
    SymbolInArgument,
    SymbolInDefault,
    SymbolInInitial,
    ThetaWithoutEquation,
    TooDeep,
    UnknownSymbol,
    UpdateRule,
    bind,
    initial,
    step,
)

LR, M, V, G, THETA = map(Symbol, ("lr", "m", "v", "g", "theta"))
ZERO, HALF = Constant(Fraction(0)), Constant(Fraction(1, 2))


def plus(left: Expression, right: Expression) -> Expression:
    return Apply("add", (left, right))


def times(left: Expression, right: Expression) -> Expression:
    return Apply("multiply", (left, right))


def minus(left: Expression, right: Expression) -> Expression:
    return Apply("subtract", (left, right))


DESCENT = ("theta", minus(THETA, times(LR, Symbol("v'"))))
HEAVY_BALL = UpdateRule(
    "heavy_ball", (("lr", None), ("m", HALF)), (("v", ZERO),), (("v", plus(times(M, V), G)), DESCENT)
)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"equations": (("v", plus(times(M, V), Symbol("h"))), DESCENT)}, UnknownSymbol("h", "v", 0)),
        ({"equations": (DESCENT, ("v", G))}, PrimeTooEarly("v'", "theta", 0)),
        ({"equations": (("v", G), DESCENT, ("v", V))}, EquationTwice("v", 2)),
        ({"equations": (("v", G), ("lr", LR), DESCENT)}, EquationWithoutState("lr", 1)),
        ({"equations": (("theta", THETA),)}, StateWithoutEquation("v")),
        ({"equations": (("v", G),)}, ThetaWithoutEquation()),
        ({"states": (("v", G),)}, SymbolInInitial("v", "g", True)),
        ({"states": (("v", Symbol("theta'")),)}, SymbolInInitial("v", "theta'", True)),
        ({"states": (("v", Symbol("w")),)}, SymbolInInitial("v", "w", False)),
        ({"parameters": (("lr", None), ("m", LR))}, SymbolInDefault("m", "lr")),
        ({"parameters": (("lr", None), ("m", None), ("lr", None))}, NameTwice("lr")),
        ({"parameters": (("lr", None), ("m", None), ("t", None))}, NameReserved("t")),
    ],
)
def test_each_fault_of_a_rule_is_named_alone(changes, error):
    assert list(rules.invalid(replace(HEAVY_BALL, **changes))) == ([error] if error else [])


def test_a_rule_nested_too_deeply_is_refused_before_anything_recurses():
    deep: Expression = G
    for _ in range(3000):
        deep = plus(deep, G)
    assert list(rules.invalid(replace(HEAVY_BALL, equations=(("v", deep), DESCENT)))) == [TooDeep("v")]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((("lr", LR), ("m", M)), None),
        ((("m", M),), ArgumentMissing("lr")),
        ((("lr", LR), ("m", M), ("mu", M)), ArgumentUnknown("mu")),
        ((("lr", LR), ("m", M), ("m", HALF)), ArgumentTwice("m")),
        ((("lr", G), ("m", M)), SymbolInArgument("lr", "g")),
    ],
)
def test_each_fault_of_arguments_is_named_alone(arguments, error):
    assert list(rules.invalid_arguments(BoundRule(HEAVY_BALL, arguments))) == ([error] if error else [])


def test_binding_fills_in_defaults_in_the_order_of_the_parameters():
    assert bind(HEAVY_BALL, {"lr": LR}).arguments == (("lr", LR), ("m", HALF))
    assert bind(HEAVY_BALL, {"m": M, "lr": LR}).arguments == (("lr", LR), ("m", M))
    assert list(rules.invalid_arguments(bind(HEAVY_BALL, {}))) == [ArgumentMissing("lr")]


def test_a_step_uses_next_values_where_equations_say_so():
    bound = bind(HEAVY_BALL, {"lr": LR})
    start = initial(bound, Fraction(1), {"lr": Fraction(1, 4)})
    assert start == {"theta": 1, "v": 0}
    first = step(bound, start, Fraction(2), 1, {"lr": Fraction(1, 4)})
    assert first == {"theta": Fraction(1, 2), "v": 2}
    assert step(bound, first, Fraction(1), 2, {"lr": Fraction(1, 4)}) == {"theta": 0, "v": 2}


def test_arguments_are_read_outside_the_rule():
    """A hyperparameter named as a state of the rule is not captured by it."""
    bound = BoundRule(HEAVY_BALL, (("lr", Symbol("v")), ("m", HALF)))
    after = step(bound, {"theta": Fraction(1), "v": Fraction(0)}, Fraction(1), 1, {"v": Fraction(1, 4)})
    assert after == {"theta": Fraction(3, 4), "v": 1}


def velocity_rule(name: str, inside: Expression, outside: Expression) -> BoundRule:
    """theta' = theta - outside * v' with v' = m * v + inside * g."""
    equations = (("v", plus(times(M, V), times(inside, G))), ("theta", minus(THETA, times(outside, Symbol("v'")))))
    rule = UpdateRule(name, (("lr", None), ("m", None)), (("v", ZERO),), equations)
    return bind(rule, {"lr": LR, "m": M})


ONE = Constant(Fraction(1))
OUTSIDE = velocity_rule("heavy_ball", ONE, LR)
INSIDE = velocity_rule("sutskever", LR, ONE)
CELL = StrictCell(OUTSIDE, INSIDE, (("v", times(LR, V)),), frozenset({"lr"}))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"state_map": (("theta", THETA), ("v", times(LR, V)))}, None),
        ({"state_map": (("theta", THETA),)}, StateNotMapped("v")),
        ({"state_map": ()}, None),
        ({"state_map": (("v", V), ("w", V))}, MapsNoState("w")),
        ({"state_map": (("v", V), ("v", times(LR, V)))}, StateMappedTwice("v")),
        ({"state_map": (("theta", V), ("v", V))}, ThetaMoved()),
        ({"state_map": (("v", Symbol("w")),)}, SymbolInMap("v", "w", False)),
        ({"state_map": (("v", Symbol("v'")),)}, SymbolInMap("v", "v'", True)),
        ({"constant": frozenset({"lr", "mu"})}, ConstantUnknown("mu")),
        ({"source": bind(HEAVY_BALL, {"lr": V})}, AmbiguousSymbol("v")),
        ({"source": bind(HEAVY_BALL, {})}, SideInvalid("source", ArgumentMissing("lr"))),
    ],
)
def test_each_fault_of_a_cell_is_named_alone(changes, error):
    assert list(cells.invalid(replace(CELL, **changes))) == ([error] if error else [])


SCALES = st.sampled_from([ONE, HALF, LR, M, times(LR, LR), times(HALF, M)])


def scaled(scale: Expression) -> BoundRule:
    """The heavy ball with velocity scaled: a family in which cells are known."""
    return velocity_rule("scaled", scale, Apply("divide", (LR, scale)))


def scaling(one: Expression, other: Expression) -> StrictCell:
    """v |-> other / one * v, from the heavy ball scaled by one to that scaled by other."""
    image = times(Apply("divide", (other, one)), V)
    return StrictCell(scaled(one), scaled(other), (("v", image),), frozenset({"lr", "m"}))


def composite(first: StrictCell, second: StrictCell) -> StrictCell:
    images = dict(first.state_map)
    state_map = tuple((name, substitute(value, images)) for name, value in second.state_map)
    return StrictCell(first.source, second.target, state_map, first.constant | second.constant)


@given(SCALES, SCALES, SCALES)
def test_cells_compose_and_a_changed_constant_breaks_them(one, other, third):
    whole = composite(scaling(one, other), scaling(other, third))
    assert not list(cells.invalid(whole))
    assert cell_residue(whole) is None
    (name, image) = whole.state_map[0]
    broken = replace(whole, state_map=((name, times(Constant(Fraction(2)), image)),))
    found = cell_residue(broken)
    assert found is not None
    assert replay(broken, found)
    assert not replay(whole, found)


@given(SCALES)
def test_the_identity_is_a_cell(scale):
    rule = scaled(scale)
    assert cell_residue(StrictCell(rule, rule, (("v", V),), frozenset())) is None


def test_a_counterexample_is_reached_replayable_and_tells_its_two_values():
    varying = replace(CELL, constant=frozenset())
    found = cell_residue(varying)
    assert cell_residue(CELL) is None
    assert found is not None
    state = initial(OUTSIDE, found.theta, dict(found.hyperparameters[0]))
    for position, gradient in enumerate(found.gradients[:-1]):
        state = step(OUTSIDE, state, gradient, position + 1, dict(found.hyperparameters[position]))
    assert found.state == tuple(state.items())
    assert str(found.left) in describe(found)[-1]
    assert str(found.right) in describe(found)[-1]


@pytest.mark.parametrize("field", ["theta", "left", "right"])
def test_an_edited_counterexample_does_not_replay(field):
    varying = replace(CELL, constant=frozenset())
    found = cell_residue(varying)
    assert found is not None
    assert replay(varying, found)
    assert not replay(varying, replace(found, **{field: getattr(found, field) + 1}))


def test_a_schedule_does_not_refute_what_is_assumed_constant():
    found = cell_residue(replace(CELL, constant=frozenset()))
    assert found is not None
    assert not replay(CELL, found)


def test_an_initial_state_sent_elsewhere_is_a_counterexample_without_steps():
    moved = replace(CELL, state_map=(("v", plus(times(LR, V), LR)),))
    found = cell_residue(moved)
    assert found is not None
    assert (found.gradients, found.component, found.right) == ((), "v", 0)


def test_a_division_by_zero_on_one_side_only_is_a_difference():
    sign = Apply("sign", (G,))
    quotient = Apply("divide", (G, Apply("absolute", (G,))))

    def rule(direction: Expression) -> BoundRule:
        equations = (("theta", minus(THETA, times(LR, direction))),)
        return bind(UpdateRule("rule", (("lr", None),), (), equations), {"lr": LR})

    one_sided = StrictCell(rule(quotient), rule(sign), (), frozenset())
    found = cell_residue(one_sided)
    assert found is not None
    assert (found.gradients[-1], found.left) == (0, Gap.UNDEFINED)
    assert cell_residue(replace(one_sided, target=one_sided.source)) is None
    trial = Trial(((("lr", Fraction(1)),),) * 2, Fraction(0), (Fraction(1), Fraction(-2)))
    assert counterexample_along(one_sided, trial) is None
