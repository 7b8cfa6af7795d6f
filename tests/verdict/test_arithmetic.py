"""Arithmetic on measures: when it is linear, its coefficients say its value, and the least difference it can show."""

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from catlearn.evidence.arithmetic import Terms, linear
from catlearn.plan.ir import CombinationPlan, ConstantNode, MeasureExpression, MeasurePlan

MEASURES = [MeasurePlan(name="norm", run=name, dataset=None, split=None) for name in ("a", "b", "c")]
POINTS = st.fixed_dictionaries({measure: st.fractions(max_denominator=50) for measure in MEASURES})
NUMBERS = st.fractions(min_value=-9, max_value=9, max_denominator=9).map(
    lambda value: ConstantNode(numerator=value.numerator, denominator=value.denominator)
)


def _combined(parts: st.SearchStrategy[MeasureExpression]) -> st.SearchStrategy[MeasureExpression]:
    return st.builds(CombinationPlan, operator=st.sampled_from(["+", "-", "*", "/"]), left=parts, right=parts)


EXPRESSIONS = st.recursive(st.one_of(st.sampled_from(MEASURES), NUMBERS), _combined, max_leaves=8)


def value(expression: MeasureExpression, point: Mapping[MeasurePlan, Fraction]) -> Fraction | None:
    """The exact value of an expression, by its definition; None for a division by 0."""
    if isinstance(expression, MeasurePlan):
        return point[expression]
    if isinstance(expression, ConstantNode):
        return Fraction(expression.numerator, expression.denominator)
    left, right = value(expression.left, point), value(expression.right, point)
    if left is None or right is None or (expression.operator == "/" and right == 0):
        return None
    by_operator = {"+": left + right, "-": left - right, "*": left * right}
    return left / right if expression.operator == "/" else by_operator[expression.operator]


def value_of(terms: Terms, point: Mapping[MeasurePlan, Fraction]) -> Fraction:
    return sum((factor * (point[measure] if measure else 1) for measure, factor in terms.items()), Fraction(0))


@given(EXPRESSIONS, POINTS)
def test_coefficients_give_the_value(expression: MeasureExpression, point: dict[MeasurePlan, Fraction]) -> None:
    terms, exact = linear(expression), value(expression, point)
    if terms is not None:
        assert exact == value_of(terms, point)


@given(st.sampled_from(MEASURES), st.sampled_from(MEASURES), POINTS)
def test_saboteur_a_sign_that_is_forgotten_is_seen(
    left: MeasurePlan, right: MeasurePlan, point: dict[MeasurePlan, Fraction]
) -> None:
    difference = CombinationPlan(operator="-", left=left, right=right)
    added = linear(CombinationPlan(operator="+", left=left, right=right))
    assert added is not None
    assert (value_of(added, point) == value(difference, point)) == (point[right] == 0)


def test_what_is_linear() -> None:
    a, b, _ = MEASURES
    two, zero = ConstantNode(numerator=2, denominator=1), ConstantNode(numerator=0, denominator=1)
    assert linear(CombinationPlan(operator="/", left=a, right=two)) == {a: Fraction(1, 2)}
    assert linear(CombinationPlan(operator="*", left=two, right=a)) == {a: Fraction(2)}
    assert linear(CombinationPlan(operator="*", left=a, right=b)) is None
    assert linear(CombinationPlan(operator="/", left=two, right=a)) is None
    assert linear(CombinationPlan(operator="/", left=a, right=zero)) is None
