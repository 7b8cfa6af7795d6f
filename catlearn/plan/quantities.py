"""Quantities of a theory -> what is measured: of runs, of clouds, and arithmetic on measures."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast

from catlearn.plan.ir import (
    Along,
    Arithmetic,
    CloudMeasureName,
    CloudMeasurePlan,
    CloudTermsPlan,
    CombinationPlan,
    ConstantNode,
    MeasureExpression,
    MeasureName,
    MeasurePlan,
    SingleMeasure,
    Split,
)
from catlearn.plan.readings import Readings, clouds_of, layers_read
from catlearn.plan.relations import relation_plan
from catlearn.plan.training import Training, dataset_plan
from catlearn.theory.theory import (
    ClassMeasure,
    CloudMeasure,
    CloudRead,
    CloudTerms,
    Combination,
    Correlation,
    LayerwiseMeasure,
    Measure,
    Quantity,
    Run,
    Theory,
    Uncomputed,
)


def quantity_plan(theory: Theory, trained: Training, read: Readings, quantity: Quantity) -> MeasureExpression:
    """A measure of a run or of clouds, a number, or arithmetic on them.

    Raises `ValueError` for a measure that this version does not compute."""
    match quantity:
        case Measure():
            return _measure(theory, trained, quantity)
        case CloudMeasure():
            return _cloud_measure(read, quantity)
        case LayerwiseMeasure():
            return _layerwise(theory, read, quantity)
        case Combination(operator, left, right):
            return CombinationPlan(
                operator=cast(Arithmetic, operator),
                left=quantity_plan(theory, trained, read, left),
                right=quantity_plan(theory, trained, read, right),
            )
        case Correlation(name):
            raise ValueError(f"`{name}` stands in an expression, where no error rate is known")
        case Uncomputed(name) | ClassMeasure(name):
            raise ValueError(f"`{name}` is not computed, and its claim not executable")
    return ConstantNode(numerator=quantity.numerator, denominator=quantity.denominator)


def measured_quantity(
    theory: Theory, trained: Training, read: Readings, quantity: Quantity
) -> SingleMeasure | CombinationPlan:
    """A quantity with a value a seed.

    Raises `ValueError` for a number, which has none."""
    found = quantity_plan(theory, trained, read, quantity)
    if isinstance(found, ConstantNode):
        raise ValueError("a number stands where a measure of a run is needed")
    return found


def _measure(theory: Theory, trained: Training, measure: Measure) -> MeasurePlan:
    return MeasurePlan(
        name=cast(MeasureName, measure.name),
        run=trained.of_run[measure.run],
        dataset=None if measure.dataset is None else dataset_plan(theory.datasets[measure.dataset]).digest,
        split=cast(Split | None, measure.split),
        task=_task(theory.runs[measure.run], measure.dataset),
        relation=None if measure.relation is None else relation_plan(theory, theory.relations[measure.relation]),
        other=None if measure.other is None else trained.of_run[measure.other],
    )


def _task(run: Run, dataset: str | None) -> int | None:
    """Which network of a joint run a dataset means; None for any other run."""
    return run.data.index(dataset) if run.tasks and dataset is not None else None


def measure_of_run(
    theory: Theory, trained: Training, read: Readings, measure: Measure | CloudMeasure, run: str
) -> MeasurePlan | CloudMeasurePlan:
    """A measure of one run or of one cloud, of another run in place of its own."""
    if isinstance(measure, Measure):
        return _measure(theory, trained, measure).model_copy(update={"run": trained.of_run[run]})
    return _cloud_measure(read, replace(measure, clouds=clouds_of(measure, run)))


def _cloud_measure(read: Readings, measure: CloudMeasure) -> CloudMeasurePlan:
    return CloudMeasurePlan(
        name=cast(CloudMeasureName, measure.name),
        clouds=tuple(read.of_run[cloud].digest for cloud in measure.clouds),
        degrees=measure.degrees,
        scale=None if measure.scale is None else (float(measure.scale[0]), float(measure.scale[1])),
        terms=terms_plan(read, measure.terms, measure.clouds),
    )


def _layerwise(theory: Theory, read: Readings, measure: LayerwiseMeasure) -> CloudMeasurePlan:
    jobs = [read.of_run[layer] for layer in layers_read(theory, measure)]
    along = cast(Along | None, measure.along)
    terms = CloudTermsPlan(size=jobs[0].size, normalise=("none", "none"), along=along)
    return CloudMeasurePlan(name="layerwise_affine", clouds=tuple(job.digest for job in jobs), terms=terms)


def terms_plan(read: Readings, terms: CloudTerms, clouds: Sequence[CloudRead]) -> CloudTermsPlan:
    """The terms on which clouds are measured, with what is known of them from their read jobs."""
    jobs = [read.of_run[cloud] for cloud in clouds]
    return CloudTermsPlan(
        size=jobs[0].size,
        normalise=tuple(job.normalise for job in jobs),
        kernel=cast(Literal["linear", "rbf"], terms.kernel),
        bandwidth=float(terms.bandwidth),
        order=terms.order,
        ground=cast(Literal["max", "euclidean", "manhattan"], terms.ground),
        unit=cast(Literal["quantile", "cloud"], terms.unit),
        points=terms.points,
        seed=terms.seed,
        cutoff=None if terms.cutoff is None else float(terms.cutoff),
        along=cast(Along | None, terms.along),
    )
