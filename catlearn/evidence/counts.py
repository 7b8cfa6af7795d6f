"""Counts that the plan tells, one number for all seeds, and arithmetic on them (DESIGN 5)."""

import math
from fractions import Fraction

from catlearn.evidence.arithmetic import OPERATIONS, measures_compared
from catlearn.evidence.documents import Count, CountFinding
from catlearn.evidence.model import Model
from catlearn.network.parameters import parameter_space
from catlearn.plan.ir import (
    CloudMeasurePlan,
    CombinationPlan,
    CountQuestion,
    DescentJob,
    MeasureExpression,
    MeasurePlan,
    SingleMeasure,
    StartResume,
    TrainJob,
)
from catlearn.plan.operations import operations

OF_STEPS = ("steps", "flops")
"""The counts of what a run does, which one that diverges does not come to."""


def count_finding(model: Model, question: CountQuestion) -> CountFinding:
    """Both sides of a comparison of counts."""
    left, right = (
        None if value is None else Count(numerator=value.numerator, denominator=value.denominator)
        for value in (_counted(model, question.left), _counted(model, question.right))
    )
    taken = measures_compared(question)
    runs = {measure.run for measure in taken if isinstance(measure, MeasurePlan) and measure.name in OF_STEPS}
    lost = {member.seed for run in runs for member in model.members(run) if not model.completed(member)}
    return CountFinding(left=left, right=right, missing=tuple(sorted(lost)))


def _counted(model: Model, expression: MeasureExpression) -> Fraction | None:
    """The exact value of an expression of counts; None for a division by 0."""
    match expression:
        case MeasurePlan() | CloudMeasurePlan():
            return Fraction(_count(model, expression))
        case CombinationPlan(operator=sign):
            left, right = _counted(model, expression.left), _counted(model, expression.right)
            if left is None or right is None or (sign == "/" and right == 0):
                return None
            value: Fraction = OPERATIONS[sign](left, right)
            return value
    return Fraction(expression.numerator, expression.denominator)


def _count(model: Model, measure: SingleMeasure) -> int:
    """Raises `ValueError` for a measure that the plan does not tell."""
    if isinstance(measure, CloudMeasurePlan):
        raise ValueError(f"{measure.name} is one number a seed")
    job = model.run_job(measure.run)
    match measure.name:
        case "steps":
            return job.steps
        case "flops" if isinstance(job, TrainJob):
            sizes = [model.dataset_plan(dataset).train_size for dataset in job.datasets]
            return operations(job, sizes, _clock(model, job))
        case "trained_parameters" if isinstance(job, DescentJob):
            return len(job.landscape.variables)
        case "trained_parameters":
            frozen = {block.block for block in model.frozen(measure.run)}
            trained = parameter_space(model.layers(measure.run), frozen)
            return sum(math.prod(shape) for _, shape in trained.tensors)
    raise ValueError(f"{measure.name} is one number a seed")


def _clock(model: Model, job: TrainJob) -> int:
    """The clock at which a job begins: the steps of the runs that it resumes."""
    if not isinstance(job.start, StartResume):
        return 0
    before = model.job(job.start.run)
    return _clock(model, before) + before.steps
