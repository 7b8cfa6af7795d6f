"""Expressions, rules and strict cells between the mathematics and the plan; each conversion undoes the other."""

from collections.abc import Iterable
from fractions import Fraction

from catlearn.category.expression import Apply, Constant, Expression, Symbol
from catlearn.category.update_rule import BoundRule, StrictCell, UpdateRule
from catlearn.plan.ir import (
    ApplyNode,
    ConstantNode,
    ExpressionNode,
    NamedExpression,
    RulePlan,
    StrictCellQuestion,
    SymbolNode,
)


def to_node(expression: Expression) -> ExpressionNode:
    """An expression as a node of a plan."""
    match expression:
        case Constant(value):
            return ConstantNode(numerator=value.numerator, denominator=value.denominator)
        case Symbol(name):
            return SymbolNode(name=name)
        case Apply(operation, arguments):
            return ApplyNode(operation=operation, arguments=tuple(map(to_node, arguments)))


def from_node(node: ExpressionNode) -> Expression:
    """The expression that a node of a plan stands for.

    Raises `ZeroDivisionError` for a constant whose denominator is zero."""
    match node:
        case ConstantNode():
            return Constant(Fraction(node.numerator, node.denominator))
        case SymbolNode():
            return Symbol(node.name)
        case ApplyNode():
            return Apply(node.operation, tuple(map(from_node, node.arguments)))


def named(pairs: Iterable[tuple[str, Expression]]) -> tuple[NamedExpression, ...]:
    """Pairs of names and expressions as they stand in a plan."""
    return tuple(NamedExpression(name=name, value=to_node(value)) for name, value in pairs)


def pairs(named_expressions: Iterable[NamedExpression]) -> tuple[tuple[str, Expression], ...]:
    """The names and expressions of a plan as pairs."""
    return tuple((entry.name, from_node(entry.value)) for entry in named_expressions)


def rule_plan(bound: BoundRule) -> RulePlan:
    """A bound rule as it is proved about and executed; the defaults that its arguments replaced are not carried."""
    return RulePlan(
        name=bound.rule.name,
        arguments=named(bound.arguments),
        states=named(bound.rule.states),
        equations=named(bound.rule.equations),
    )


def from_rule_plan(plan: RulePlan) -> BoundRule:
    """The bound rule of a plan; its parameters are those that have an argument, without defaults."""
    arguments = pairs(plan.arguments)
    parameters = tuple((name, None) for name, _ in arguments)
    return BoundRule(UpdateRule(plan.name, parameters, pairs(plan.states), pairs(plan.equations)), arguments)


def strict_cell_question(name: str, cell: StrictCell, composed_of: tuple[str, ...] = ()) -> StrictCellQuestion:
    """The question whether a strict cell holds, perhaps the composite of others."""
    return StrictCellQuestion(
        cell=name,
        source=rule_plan(cell.source),
        target=rule_plan(cell.target),
        state_map=named(cell.state_map),
        constant=tuple(sorted(cell.constant)),
        zero=tuple(sorted(cell.zero)),
        nonzero=tuple(sorted(cell.nonzero)),
        positive=tuple(sorted(cell.positive)),
        composed_of=composed_of,
    )


def strict_cell(question: StrictCellQuestion) -> StrictCell:
    """The cell that a question is about."""
    source, target = from_rule_plan(question.source), from_rule_plan(question.target)
    return StrictCell(
        source,
        target,
        pairs(question.state_map),
        frozenset(question.constant),
        frozenset(question.zero),
        frozenset(question.nonzero),
        frozenset(question.positive),
    )
