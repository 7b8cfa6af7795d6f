"""A proof is never contradicted by an exact point: rules rewritten by valid and by invalid laws of algebra."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.category.cell import Trial, counterexample_along
from catlearn.category.expression import Apply, Constant, Expression, Symbol, substitute
from catlearn.category.update_rule import StrictCell, UpdateRule, bind
from catlearn.evidence.symbolic import prove
from catlearn.plan.expressions import from_node, from_rule_plan, rule_plan, strict_cell, strict_cell_question, to_node
from tests.laws.arbitrary import expressions, polynomials

READS = {"x": Symbol("theta"), "y": Symbol("g"), "z": Symbol("lr")}


def rule(name: str, change: Expression) -> UpdateRule:
    """theta' = theta - change."""
    equation = Apply("subtract", (Symbol("theta"), substitute(change, READS)))
    return UpdateRule(name, (("lr", None),), (), (("theta", equation),))


def cell(one: Expression, other: Expression) -> StrictCell:
    source, target = (bind(rule("rule", change), {"lr": Symbol("lr")}) for change in (one, other))
    return StrictCell(source, target, (), frozenset())


def rewritten(expression: Expression) -> Expression:
    """The same function: operands exchanged, differences written as sums, negations as products."""
    if not isinstance(expression, Apply):
        return expression
    arguments = tuple(map(rewritten, expression.arguments))
    match expression.operation:
        case "add" | "multiply" | "maximum" | "minimum":
            return Apply(expression.operation, arguments[::-1])
        case "subtract":
            return Apply("add", (Apply("negate", (arguments[1],)), arguments[0]))
        case "negate":
            return Apply("multiply", (Constant(Fraction(-1)), arguments[0]))
    return Apply(expression.operation, arguments)


def mutated(draw, expression: Expression) -> Expression:
    """Most often another function: one constant raised, or the operands of one operation exchanged."""
    if isinstance(expression, Constant):
        return Constant(expression.value + 1)
    if isinstance(expression, Symbol):
        return Apply("add", (expression, Constant(Fraction(draw(st.integers(-1, 1))))))
    if len(expression.arguments) == 2 and draw(st.booleans()):
        return Apply(expression.operation, expression.arguments[::-1])
    position = draw(st.integers(0, len(expression.arguments) - 1))
    arguments = list(expression.arguments)
    arguments[position] = mutated(draw, arguments[position])
    return Apply(expression.operation, tuple(arguments))


TRIALS = [
    Trial(((("lr", lr),),) * 2, theta, gradients)
    for lr in (Fraction(1, 3), Fraction(5, 2))
    for theta in (Fraction(0), Fraction(-7, 5))
    for gradients in ((Fraction(0), Fraction(3, 7)), (Fraction(-11, 4), Fraction(1)))
]


@settings(max_examples=30)
@given(expressions("add", "subtract", "multiply", "negate", "absolute", "maximum", "minimum", "sign", "sqrt"))
def test_a_rule_rewritten_by_valid_laws_is_never_refuted(expression):
    assert prove(strict_cell_question("c", cell(expression, rewritten(expression)))).verdict != "refuted"


@settings(max_examples=30)
@given(polynomials)
def test_a_polynomial_rewritten_by_valid_laws_is_proved_and_refuted_when_moved(polynomial):
    result = prove(strict_cell_question("c", cell(polynomial, rewritten(polynomial))))
    assert result.verdict == "proved" or result.reason == "the rules are too large to be simplified"
    moved = Apply("add", (rewritten(polynomial), Constant(Fraction(1, 100))))
    assert prove(strict_cell_question("c", cell(polynomial, moved))).verdict == "refuted"


@settings(max_examples=40)
@given(expressions(), st.data())
def test_no_exact_point_contradicts_a_proof(expression, data):
    changed = cell(expression, mutated(data.draw, expression))
    result = prove(strict_cell_question("c", changed))
    if result.verdict == "proved" and not result.side_conditions:
        assert all(counterexample_along(changed, trial) is None for trial in TRIALS)


@given(expressions())
def test_expressions_come_back_from_a_plan(expression):
    assert from_node(to_node(expression)) == expression
    assert to_node(from_node(to_node(expression))) == to_node(expression)


@given(expressions(), expressions())
def test_cells_come_back_from_a_plan(one, other):
    made = cell(one, other)
    again = strict_cell(strict_cell_question("c", made))
    assert again == made
    assert rule_plan(from_rule_plan(rule_plan(made.source))) == rule_plan(made.source)


def test_a_question_that_is_no_cell_is_our_bug():
    nothing = Constant(Fraction(0))
    broken = StrictCell(*(bind(rule("r", nothing), {"lr": Symbol("lr")}),) * 2, (("v", nothing),), frozenset())
    with pytest.raises(ValueError, match="not a strict cell"):
        prove(strict_cell_question("c", broken))
