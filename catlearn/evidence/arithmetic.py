"""Arithmetic on measures: its values, its linear form, and the values that it can have whatever was trained."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from catlearn.evidence.losses import WALL
from catlearn.plan.ir import (
    CloudMeasurePlan,
    CombinationPlan,
    ConstantNode,
    CountQuestion,
    MeasureExpression,
    MeasurePlan,
    MeasureQuestion,
    SeedCountQuestion,
    SingleMeasure,
)

Ends = tuple[float, float]
"""The numbers between which a value lies, equal where it is known."""

Terms = dict[SingleMeasure | None, Fraction]
"""A linear expression: the coefficient of each measure, and the constant under None."""


def measures_in(expression: MeasureExpression | float) -> Iterator[SingleMeasure]:
    """The measures of an expression, from left to right."""
    match expression:
        case MeasurePlan() | CloudMeasurePlan():
            yield expression
        case CombinationPlan(left=left, right=right):
            yield from (*measures_in(left), *measures_in(right))


def measures_compared(question: MeasureQuestion | SeedCountQuestion | CountQuestion) -> list[SingleMeasure]:
    """The measures on both sides of a comparison, from left to right."""
    return [measure for side in (question.left, question.right) for measure in measures_in(side)]


OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def value_at(expression: MeasureExpression, values: Mapping[SingleMeasure, Ends]) -> Ends | None:
    """The value of an expression at values of its measures; None for a division by 0 or by what may be 0.

    What has no bound on a side ends at the wall, as documents hold no infinite numbers."""
    match expression:
        case MeasurePlan() | CloudMeasurePlan():
            return values[expression]
        case CombinationPlan(operator=sign):
            left, right = value_at(expression.left, values), value_at(expression.right, values)
            if left is None or right is None or (sign == "/" and right[0] <= 0.0 <= right[1]):
                return None
            corners = [OPERATIONS[sign](a, b) for a in left for b in right]
            open_ended = any(map(math.isnan, corners))
            return (-WALL, WALL) if open_ended else (max(-WALL, min(corners)), min(WALL, max(corners)))
    constant = expression.numerator / expression.denominator
    return constant, constant


def linear(expression: MeasureExpression | float) -> Terms | None:
    """An expression as a sum of measures with coefficients; None where measures multiply or divide each other."""
    match expression:
        case MeasurePlan() | CloudMeasurePlan():
            return {expression: Fraction(1)}
        case ConstantNode(numerator=numerator, denominator=denominator):
            return {None: Fraction(numerator, denominator)}
        case CombinationPlan(operator="+" | "-" as sign):
            left, right = linear(expression.left), linear(expression.right)
            return None if left is None or right is None else _sum(left, right, 1 if sign == "+" else -1)
        case CombinationPlan(operator=sign):
            left, right = linear(expression.left), linear(expression.right)
            return None if left is None or right is None else _product(left, right, sign)
    return {None: Fraction(expression)}


def _product(left: Terms, right: Terms, sign: str) -> Terms | None:
    factor, divided = _number(right), _number(left)
    if factor is not None:
        return _scaled(left, factor if sign == "*" else 1 / factor) if factor or sign == "*" else None
    return _scaled(right, divided) if divided is not None and sign == "*" else None


def _sum(left: Terms, right: Terms, sign: int) -> Terms:
    return {key: left.get(key, Fraction(0)) + sign * right.get(key, Fraction(0)) for key in {**left, **right}}


def _scaled(terms: Terms, factor: Fraction) -> Terms:
    return {key: factor * coefficient for key, coefficient in terms.items()}


def _number(terms: Terms | None) -> Fraction | None:
    """The value of an expression without measures."""
    return terms.get(None, Fraction(0)) if terms is not None and not {*terms} - {None} else None


RANGES: Mapping[str, tuple[float, float]] = {
    "accuracy": (0.0, 1.0),
    "gap": (-1.0, 1.0),
    "loss": (0.0, math.inf),
    "norm": (0.0, math.inf),
    "train_time": (0.0, math.inf),
    "betti": (0.0, math.inf),
    "cka": (0.0, 1.0),
    "affine_residual": (0.0, 1.0),
    "sharpness": (-math.inf, math.inf),
    "length": (0.0, math.inf),
    "fisher_length": (0.0, math.inf),
    "width": (0.0, math.inf),
    "height": (0.0, math.inf),
    "layerwise_affine": (0.0, 1.0),
}
"""The values that a measure can have, whatever was trained."""


OF_ITSELF = {"cka": 1.0, "affine_residual": 0.0, "layerwise_affine": 0.0}
"""What a measure of two clouds says of a cloud and itself."""


def range_of_difference(question: MeasureQuestion | SeedCountQuestion) -> tuple[float, float]:
    """The values that left - right can have, whatever was trained: equal measures of equal runs cancel.

    Unbounded where measures multiply or divide each other."""
    left, right = linear(question.left), linear(question.right)
    if left is None or right is None:
        return -math.inf, math.inf
    least = most = 0.0
    for measure, factor in _sum(left, right, -1).items():
        ends = [float(factor) * end for end in (_range(measure) if measure else (1.0, 1.0))] if factor else [0.0]
        least, most = least + min(ends), most + max(ends)
    return least, most


def _range(measure: SingleMeasure) -> tuple[float, float]:
    """The values that a measure can have; of clouds and themselves there is one."""
    if isinstance(measure, CloudMeasurePlan) and measure.clouds[::2] == measure.clouds[1::2]:
        return OF_ITSELF[measure.name], OF_ITSELF[measure.name]
    return RANGES[measure.name]
