"""Exact values of the functions that only landscapes have: rational where a theorem says so, else no number."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.category.enclosure import Gap, apply
from catlearn.category.expression import ELEMENTARY, Apply, Symbol, evaluate, show, value_at

rationals = st.fractions(min_value=-5, max_value=5, max_denominator=20)
KNOWN = {"exp": (0, 1), "sin": (0, 0), "cos": (0, 1), "log": (1, 0)}


@pytest.mark.parametrize("name", ELEMENTARY)
@given(value=rationals)
def test_a_value_is_exact_or_none(name, value):
    exact = evaluate(Apply(name, (Symbol("x"),)), {"x": value})
    if exact is None:
        assert value != KNOWN[name][0]
    else:
        assert (value, exact) == KNOWN[name]
        assert getattr(math, name)(value) == exact


@given(rationals)
def test_a_logarithm_of_nothing_or_less_is_undefined(value):
    found = apply("log", (value,))
    assert (found is Gap.UNDEFINED) == (value <= 0)


def test_enclosed_arguments_have_no_known_value():
    root = apply("sqrt", (Fraction(2),))
    assert {apply(name, (root,)) for name in ELEMENTARY} == {Gap.UNKNOWN}
    assert apply("log", (apply("negate", (root,)),)) is Gap.UNDEFINED


def test_they_are_shown_as_they_are_written():
    expression = Apply("exp", (Apply("negate", (Apply("sin", (Symbol("x"),)),)),))
    assert show(expression) == "exp(-sin(x))"
    assert value_at(expression, {"x": Fraction(0)}) == 1
