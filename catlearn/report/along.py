"""Measures of representations along runs: every seed a thin line, their mean a thick one."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from catlearn.evidence.documents import CloudCurve, CurvesEvidence
from catlearn.plan.ir import CloudMeasurePlan, MeasureQuestion, Question, ShapeQuestion
from catlearn.report.axes import Frame, Scale, around, finite, from_zero, horizontal_axis, vertical_axis
from catlearn.report.figure import Figure
from catlearn.report.numbers import plural, significant
from catlearn.report.svg import circle, line, path, picture, text, thinned, trace

_WIDTH, _HEIGHT = 448.0, 240.0


def _bound(question: Question | None) -> float | None:
    """The number with which a claim compares a measure that stands by itself."""
    match question:
        case ShapeQuestion(margin=margin):
            return margin
        case MeasureQuestion(left=CloudMeasurePlan(), right=float() as bound):
            return bound
    return None


def _line(frame: Frame, steps: Sequence[int], values: Sequence[float | None], kind: str) -> Iterator[Markup]:
    """A line through the numbers that there are; one by itself is a dot."""
    points = [frame.at(step, value) for step, value in zip(steps, values, strict=True) if value is not None]
    if len(points) > 1:
        yield path(trace(thinned(points)), kind)
    elif points:
        yield circle(points[0], 2.5, kind)


def _marks(curve: CloudCurve, bound: float | None) -> Iterator[Markup]:
    values = finite(value for row in curve.values for value in row if value is not None)
    scale = from_zero if min(values, default=0.0) == 0.0 else around
    last = max(*curve.steps, curve.steps[0] + 1)
    ends = [] if bound is None else [bound]
    frame = Frame(Scale(curve.steps[0], last, 58, _WIDTH - 16), scale([*values, *ends], _HEIGHT - 42, 34))
    yield from vertical_axis(frame)
    yield from horizontal_axis(frame, "optimiser steps", 5)
    for row in curve.values:
        yield from _line(frame, curve.steps, row, "seed hue-0")
    yield from _line(frame, curve.steps, curve.mean, "median hue-0")
    if bound is not None:
        yield line((frame.left, frame.y(bound)), (frame.right, frame.y(bound)), "threshold")
        yield text(f"claimed bound {significant(bound, 3)}", frame.right, frame.top - 10, "threshold-label", "end")
    yield text(curve.measure, frame.left, frame.top - 20, "panel-title")


def measures_along(evidence: CurvesEvidence, question: Question | None) -> tuple[Figure, ...]:
    """A small figure for each measure that a claim takes along runs."""
    bound = _bound(question)
    return tuple(_figure(curve, bound) for curve in evidence.curves)


def _figure(curve: CloudCurve, bound: float | None) -> Figure:
    described = f"A number for each of {plural(len(curve.steps), 'checkpoint')}, {plural(len(curve.seeds), 'seed')}."
    return Figure(
        picture(_WIDTH, _HEIGHT, f"{curve.measure} along runs", described, _marks(curve, bound)),
        f"{curve.measure} at each checkpoint, a thin line for each of {plural(len(curve.seeds), 'seed')} and a thick "
        f"one for their mean. The claim takes the {curve.along} along each seed's line.",
        small=True,
    )
