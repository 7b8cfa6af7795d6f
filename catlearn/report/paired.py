"""The values of a claim about measures, seed by seed, with what the claim asks for and the mean with its interval."""

import math
from dataclasses import dataclass

from catlearn.evidence.documents import PairedValues
from catlearn.plan.ir import MeasureQuestion
from catlearn.report.figure import Figure
from catlearn.report.numbers import significant
from catlearn.report.ranked import Interval, Ranked, ranked_picture


@dataclass(frozen=True)
class _Asked:
    """What is drawn for each seed, and the range in which the claim wants its mean."""

    axis: str
    values: tuple[float, ...]
    origin: float
    zone: tuple[float, float]
    zone_name: str


def _asked(values: PairedValues, question: MeasureQuestion) -> _Asked:
    """Differences, or the values themselves where they are compared with a number."""
    if isinstance(question.right, float) and question.operator != "~":
        return _one_sided(values.left_name, values.left, question.right, question.operator)
    axis = f"{values.left_name} less {values.right_name}"
    differences = tuple(left - right for left, right in zip(values.left, values.right, strict=True))
    if question.operator != "~":
        return _one_sided(axis, differences, 0.0, question.operator)
    margin = question.margin or 0.0
    return _Asked(axis, differences, 0.0, (-margin, margin), f"within ±{significant(margin, 3)}")


def _one_sided(axis: str, values: tuple[float, ...], bound: float, operator: str) -> _Asked:
    zone = (bound, math.inf) if operator.startswith(">") else (-math.inf, bound)
    sign = operator.replace(">=", "≥").replace("<=", "≤")
    return _Asked(axis, values, bound, zone, f"{sign} {significant(bound, 4)}")


def paired_values(
    values: PairedValues, question: MeasureQuestion, estimate: float | None, interval: Interval | None
) -> Figure:
    """A row a seed, in the units of the measure."""
    asked = _asked(values, question)
    ranked = Ranked(
        rows=[(f"seed {seed}", value) for seed, value in zip(values.seeds, asked.values, strict=True)],
        axis=asked.axis,
        zone=asked.zone,
        zone_name=asked.zone_name,
        estimate=estimate,
        interval=interval,
        origin=asked.origin,
    )
    title = "Paired differences" if asked.values != values.left else "Values of a measure"
    return Figure(
        ranked_picture(ranked, title, f"{asked.axis}, one row for each of {len(asked.values)} seeds."),
        f"{asked.axis}, seed by seed; below them the mean with its interval. The claim asks for a mean in the shaded "
        f"range, {asked.zone_name}.",
    )
