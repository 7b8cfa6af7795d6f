"""Comparisons of measures: equivalence within a margin, and one-sided orders of means."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catlearn.evidence.along import name_of
from catlearn.evidence.arithmetic import linear, measures_in, range_of_difference
from catlearn.evidence.documents import Evidence, MeasureFinding, MeasureValues, PairedValues
from catlearn.evidence.losses import WALL
from catlearn.evidence.measure import measure_finding
from catlearn.evidence.model import Model
from catlearn.plan.ir import (
    CloudMeasurePlan,
    CombinationPlan,
    MeasureExpression,
    MeasurePlan,
    MeasureQuestion,
    SingleMeasure,
)
from catlearn.verdict import statistics, wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of
from catlearn.verdict.means import Mean, Unbounded, between, one_sample, two_samples
from catlearn.verdict.other_seeds import Beside, beside
from catlearn.verdict.procedure import Procedure, Progress, along_runs
from catlearn.verdict.statistics import Inference
from catlearn.verdict.times import incomparable
from catlearn.verdict.verdict import Verdict


def _find(model: Model, question: MeasureQuestion, _progress: Progress) -> MeasureFinding:
    return measure_finding(model, question)


def _inference(question: MeasureQuestion, finding: MeasureFinding) -> Inference:
    """The test of the comparator on the difference of the sides."""
    mean = _difference(question, finding)
    bound = question.right if isinstance(question.right, float) else 0.0
    if question.operator == "~":
        return statistics.within(mean, question.margin or 0.0, question.confidence)
    return statistics.ordered(mean, question.operator, bound, question.confidence)


def _difference(question: MeasureQuestion, finding: MeasureFinding) -> Mean | Unbounded:
    """The mean difference of the sides, between its least and its greatest where a side is not known exactly. That of
    a side and a number is the side's own, less the number where they are to be near."""
    left, right = finding.left, finding.right
    known = left.upper is None and (right is None or right.upper is None)
    if right is None:
        centre = question.right if question.operator == "~" and isinstance(question.right, float) else 0.0
        ends = [_numbers(values) - centre for values in (left.values, left.highest)]
        means = [one_sample(values, finding.resolution, question.test) for values in ends]
    elif left.seeds == right.seeds:
        pairs = (left.values, right.highest), (left.highest, right.values)
        means = [one_sample(_numbers(low) - _numbers(high), finding.resolution, question.test) for low, high in pairs]
    else:
        pairs = (left.values, right.highest), (left.highest, right.values)
        sides = [tuple(map(_numbers, pair)) for pair in pairs]
        means = [two_samples(low, high, finding.resolution, question.test) for low, high in sides]
    return means[0] if known else between(*means)


def _numbers(values: Sequence[float]) -> NDArray[np.float64]:
    """Values, those at the wall infinite."""
    found = np.asarray(values, dtype=np.float64)
    return np.where(np.abs(found) >= WALL, np.copysign(np.inf, found), found)


def judge(question: MeasureQuestion, finding: MeasureFinding) -> Judgement:
    """What the test says; undecided where a seed has no value, since seeds are not lost by chance."""
    inference = _inference(question, finding)
    sides = [side for side in (finding.left, finding.right) if side]
    lost = any(side.missing or side.undefined or side.shapeless for side in sides) or bool(_apart(question, sides))
    verdict = Verdict.UNDECIDED if lost else inference.verdict
    if verdict is Verdict.SUPPORTED and _holds_of_anything(question):
        verdict = Verdict.VACUOUS
    return judgement_of(
        inference,
        verdict=verdict,
        method="; ".join((*_clouds(question), inference.method, *_caveats(question, finding))),
        evidence=_lines(question, finding, verdict),
    )


def _holds_of_anything(question: MeasureQuestion) -> bool:
    """Whether the comparison holds of all values that the measures can have."""
    holds, _ = statistics.sides(question.operator, *range_of_difference(question), 0.0, question.margin or 0.0)
    return holds


def _caveats(question: MeasureQuestion, finding: MeasureFinding) -> tuple[str, ...]:
    """What the test does not know of products and ratios, and whether clouds of different seeds satisfy the claim."""
    known = linear(question.left) is not None and linear(question.right) is not None
    unknown = "the least difference of a product or ratio of measures is taken as 0"
    timed = any(isinstance(measure, MeasurePlan) and measure.name == "train_time" for measure in _measures(question))
    others = _beside(question, finding)
    found = {unknown: not known, TIMES: timed, others.caveat if others else "": others is not None}
    return tuple(words for words, holds in found.items() if holds and words)


TIMES = "times of one core, measured while training, and not reproduced"
"""What is to be known of `train_time`."""


def _apart(question: MeasureQuestion, sides: Sequence[MeasureValues]) -> list[str]:
    """Why times are not compared with each other, where they are not; one by itself is compared with no other."""
    times = [measure for measure in _measures(question) if isinstance(measure, MeasurePlan)]
    return incomparable(sides) if [measure.name for measure in times].count("train_time") > 1 else []


def _measures(question: MeasureQuestion) -> tuple[SingleMeasure, ...]:
    """The measures of both sides."""
    sides = [side for side in (question.left, question.right) if not isinstance(side, float)]
    return tuple(measure for side in sides for measure in measures_in(side))


def _clouds(question: MeasureQuestion) -> tuple[str, ...]:
    """On what terms clouds are measured, each once."""
    measures = [measure for measure in _measures(question) if isinstance(measure, CloudMeasurePlan)]
    return tuple(dict.fromkeys(_cloud_measure(measure) for measure in measures))


def _cloud_measure(measure: CloudMeasurePlan) -> str:
    kernel = f", rbf kernel of {wording.number(measure.terms.bandwidth)} median distances"
    wide = kernel if measure.name == "cka" and measure.terms.kernel == "rbf" else ""
    return f"{measure.name}{wide}, {', '.join(wording.cloud_terms(measure.terms))}"


def _mean(name: str, side: MeasureValues) -> str:
    if not side.values:
        return f"{name}: no values"
    ends = [sum(values) / len(values) for values in (side.values, side.highest)]
    mean = wording.number(ends[0])
    if side.upper is not None:
        mean = f"between {mean} and {wording.number(ends[1])}"
    return f"{name}: mean {mean}, from {wording.number(min(side.values))} to {wording.number(max(side.highest))}"


def _farthest(question: MeasureQuestion, finding: MeasureFinding) -> list[str]:
    """The seed that is farthest off, where the sides have the same seeds or one is a number."""
    left, right = finding.left, finding.right
    if not left.values or (right is not None and left.seeds != right.seeds):
        return []
    bound = question.right if isinstance(question.right, float) else 0.0
    others = right.values if right else (bound,) * len(left.values)
    gaps = [abs(a - b) for a, b in zip(left.values, others, strict=True)]
    worst = gaps.index(max(gaps))
    shown = [wording.number(side[worst]) for side in (left.values, others)]
    return [f"seed {left.seeds[worst]}: {shown[0]} on the left, {shown[1]} on the right"]


def _lines(question: MeasureQuestion, finding: MeasureFinding, verdict: Verdict) -> tuple[str, ...]:
    left, right = finding.left, finding.right
    lines = _farthest(question, finding) if verdict is Verdict.REFUTED else []
    if verdict is Verdict.VACUOUS:
        lines.append("the comparison holds of all values that the measures can have")
    lines += [_mean(name, side) for name, side in (("left", left), ("right", right)) if side is not None]
    others = _beside(question, finding)
    lines += [*(others.lines if others else ()), *_apart(question, [side for side in (left, right) if side])]
    return (*lines, *wording.unmeasured([side for side in (left, right) if side]))


def _beside(question: MeasureQuestion, finding: MeasureFinding) -> Beside | None:
    """What clouds of different seeds come to, where clouds are compared with each other and with a number."""
    if not isinstance(question.right, float):
        return None
    terms = question.operator, question.right, question.margin or 0.0, question.confidence
    return beside(finding.other_seeds, *terms)


def _name(model: Model, expression: MeasureExpression) -> str:
    """An expression with runs by their names, in brackets where one of its parts is an expression."""
    match expression:
        case MeasurePlan():
            return f"{expression.name}({model.run_job(expression.run).name})"
        case CloudMeasurePlan():
            return name_of(model, expression)
        case CombinationPlan(operator=operator):
            sides = [_name(model, side) for side in (expression.left, expression.right)]
            whole = [
                f"({name})" if isinstance(side, CombinationPlan) else name
                for name, side in zip(sides, (expression.left, expression.right), strict=True)
            ]
            return f" {operator} ".join(whole)
    return wording.number(expression.numerator / expression.denominator)


def draw(model: Model, question: MeasureQuestion, finding: MeasureFinding) -> tuple[Evidence, ...]:
    """The values seed by seed, where both sides have the same seeds or one is a number; and those along runs."""
    left, right = finding.left, finding.right
    if not left.values or (right is not None and right.seeds != left.seeds):
        return along_runs(finding.curves)
    if isinstance(question.right, float):
        other, name = (question.right,) * len(left.values), wording.number(question.right)
    else:
        other, name = right.values if right else (), _name(model, question.right)
    values = PairedValues(
        left_name=_name(model, question.left), right_name=name, seeds=left.seeds, left=left.values, right=other
    )
    return (values, *along_runs(finding.curves))


MEASURE = Procedure(_find, lambda model, question, _: measure_finding(model, question), judge, draw)
