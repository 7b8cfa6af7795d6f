"""Measures of runs and of clouds, one number a seed, and what is compared of them (DESIGN 5)."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from catlearn.evidence import dihomotopy
from catlearn.evidence.along import curves
from catlearn.evidence.arithmetic import Ends, linear, measures_compared, measures_in, value_at
from catlearn.evidence.curvature import Loss, sharpness
from catlearn.evidence.documents import (
    IDENTITY,
    CorrelationFinding,
    Count,
    MeasureFinding,
    MeasureValues,
    Member,
    MemberValue,
    OtherSeeds,
    SeedCountFinding,
)
from catlearn.evidence.lengths import Logits, fisher_length, length
from catlearn.evidence.losses import WALL, profile_of
from catlearn.evidence.model import Model, Weights
from catlearn.evidence.other_seeds import drawn, of_pairs
from catlearn.evidence.representations import completed, rows, sides, value_of
from catlearn.network.landscape import AnalyticLandscape, NetworkLandscape
from catlearn.network.losses import LOSSES
from catlearn.network.parameters import parameter_space
from catlearn.network.stacked import forward, forward_columns
from catlearn.plan.ir import (
    VERSIONS,
    CloudMeasurePlan,
    CombinationPlan,
    ConstantNode,
    CorrelationQuestion,
    LayerPlan,
    MeasureExpression,
    MeasurePlan,
    MeasureQuestion,
    RelationPlan,
    SeedCountQuestion,
    SingleMeasure,
    Split,
)

Stacked = Mapping[str, Tensor]
"""The weights of several seeds at a run's end, (seeds, …) by `block.tensor`."""


def values_of(model: Model, expression: SingleMeasure | CombinationPlan) -> MeasureValues:
    """The values of every seed that all runs of an expression completed."""
    measured = {measure: _of_seeds(model, measure) for measure in measures_in(expression)}
    missing = sorted({seed for found in measured.values() for seed in found.missing})
    done = sorted(set.intersection(*(set(found.seeds) for found in measured.values())))
    tables = {
        measure: dict(zip(found.seeds, zip(found.values, found.highest, strict=True), strict=True))
        for measure, found in measured.items()
    }
    values = {seed: value_at(expression, {measure: table[seed] for measure, table in tables.items()}) for seed in done}
    defined = {seed: value for seed, value in values.items() if value is not None}
    known = all(found.upper is None for found in measured.values())
    return MeasureValues(
        seeds=tuple(defined),
        values=tuple(low for low, _ in defined.values()),
        missing=tuple(missing),
        undefined=tuple(seed for seed in done if seed not in defined),
        shapeless=tuple(sorted({seed for found in measured.values() for seed in found.shapeless})),
        upper=None if known else tuple(high for _, high in defined.values()),
        sessions=_sessions(measured.values(), defined),
    )


def _sessions(measured: Collection[MeasureValues], seeds: Iterable[int]) -> tuple[tuple[str, ...], ...]:
    """For each seed the sessions in which any time was measured; empty where there are no times."""
    tables = [dict(zip(found.seeds, found.sessions, strict=True)) for found in measured if found.sessions]
    return tuple(tuple(sorted({name for table in tables for name in table[seed]})) for seed in seeds if tables)


def sessions_in(found: Iterable[MeasureValues]) -> tuple[str, ...]:
    """All sessions in which times among some values were measured."""
    return tuple(sorted({name for values in found for names in values.sessions for name in names}))


def values_of_runs(
    model: Model, measures: Mapping[str, SingleMeasure], members: Sequence[Member]
) -> tuple[tuple[MemberValue, ...], tuple[str, ...]]:
    """The measure of the job of each of some completed runs, None where a cloud has none; and the sessions of times."""
    tables, measured = {}, []
    for job in dict.fromkeys(member.job for member in members):
        found = values_of(model, measures[job])
        tables[job] = dict(zip(found.seeds, found.values, strict=True))
        measured.append(found)
    values = tuple(MemberValue(member=member, value=tables[member.job].get(member.seed)) for member in members)
    return values, sessions_in(measured)


def _of_seeds(model: Model, measure: SingleMeasure) -> MeasureValues:
    return _measured(model, measure) if isinstance(measure, MeasurePlan) else _of_clouds(model, measure)


def _of_clouds(model: Model, measure: CloudMeasurePlan) -> MeasureValues:
    """A measure of the clouds of every seed that was trained to its end."""
    jobs = [model.read_job(cloud) for cloud in measure.clouds]
    seeds = model.run_job(jobs[0].run).seeds
    done = [seed for seed in seeds if completed(model, jobs, seed)]
    found = zip(done, rows(model, measure, [(seed,) * sides(measure) for seed in done]), strict=True)
    values = {seed: value_of(row, measure.terms.along) for seed, row in found}
    known = {seed: value for seed, value in values.items() if value is not None}
    return MeasureValues(
        seeds=tuple(known),
        values=tuple(known.values()),
        missing=tuple(seed for seed in seeds if seed not in done),
        shapeless=tuple(seed for seed in done if seed not in known),
    )


def values_between_seeds(model: Model, expression: SingleMeasure | CombinationPlan) -> OtherSeeds | None:
    """An expression with first and second clouds of different seeds, and what is measured of one run, or of one cloud,
    of the seed of the first; None where it has no measure of two clouds, or one that is only known between numbers."""
    asked = list(measures_in(expression))
    joint = [measure for measure in asked if isinstance(measure, CloudMeasurePlan) and sides(measure) == 2]
    whole = values_of(model, expression)
    if not joint or whole.upper is not None:
        return None
    seeds = drawn([measure.name for measure in joint], whole.seeds)
    pairs = [(left, right) for left in seeds for right in seeds]
    tables = {measure: _of_pairs(model, measure, pairs) for measure in asked}

    def value(left: int, right: int) -> float | None:
        numbers = {measure: table[left, right] for measure, table in tables.items()}
        known = {measure: (number, number) for measure, number in numbers.items() if number is not None}
        found = value_at(expression, known) if len(known) == len(numbers) else None
        return None if found is None else found[0]

    return of_pairs(seeds, len(whole.seeds), value)


def _of_pairs(
    model: Model, measure: SingleMeasure, pairs: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], float | None]:
    """A measure of two clouds of a pair of seeds each, or of the first seed of each pair where it takes one."""
    if isinstance(measure, CloudMeasurePlan) and sides(measure) == 2:
        found = (value_of(row, measure.terms.along) for row in rows(model, measure, pairs))
        return dict(zip(pairs, found, strict=True))
    single = _of_seeds(model, measure)
    table = dict(zip(single.seeds, single.values, strict=True))
    return {pair: table[pair[0]] for pair in pairs}


def _measured(model: Model, measure: MeasurePlan) -> MeasureValues:
    """A measure of every completed seed of its run."""
    members = model.members(measure.run)
    done = tuple(member for member in members if model.completed(member))
    seeds = tuple(member.seed for member in done)
    missing = tuple(member.seed for member in members if member not in done)
    key = {"measure": measure.model_dump(), "seeds": seeds, "missing": missing, "version": VERSIONS["decide"]}

    def compute() -> MeasureValues:
        if measure.relation is not None:
            return _between(model, measure, measure.relation)
        return MeasureValues(seeds=seeds, values=_values(model, measure, done) if done else (), missing=missing)

    if measure.name == "train_time":
        return _times(model, done, missing)
    return model.remembered(key, MeasureValues, compute)


def _times(model: Model, members: Sequence[Member], missing: tuple[int, ...]) -> MeasureValues:
    """The seconds that some runs took, as they were recorded."""
    records = [record for member in members if (record := model.record(member)) is not None]
    return MeasureValues(
        seeds=tuple(record.seed for record in records),
        values=tuple(record.seconds for record in records),
        missing=missing,
        sessions=tuple((record.session,) for record in records),
    )


def _values(model: Model, measure: MeasurePlan, members: Sequence[Member]) -> tuple[float, ...]:
    """Raises `ValueError` for a measure that does not have one number a seed."""
    ends = {name: torch.from_numpy(np.stack(arrays)) for name, arrays in _by_name(model, members).items()}
    match measure.name:
        case "loss":
            data, loss = _data(model, measure, measure.split), model.job(measure.run).loss
            landscape = NetworkLandscape(_network(model, measure), *data, loss=loss)
            return tuple(landscape.loss(landscape.flatten(ends)).tolist())
        case "accuracy":
            return _accuracies(model, measure, ends, measure.split)
        case "gap":
            train, test = (_accuracies(model, measure, ends, split) for split in ("train", "test"))
            return tuple(seen - unseen for seen, unseen in zip(train, test, strict=True))
        case "norm":
            return _norms(model, measure.run, ends)
        case "sharpness":
            return tuple(sharpness(*_loss_of(model, measure, end)) for end in map(model.end, members))
        case "length":
            return tuple(length(_trained(model, member)) for member in members)
        case "fisher_length":
            logits = _logits(model, measure)
            return tuple(fisher_length(logits, model.weights(member)) for member in members)
    raise ValueError(f"{measure.name} is one number for all seeds")


def _network(model: Model, measure: MeasurePlan) -> tuple[LayerPlan, ...]:
    """The network that a measure is of: of a joint run, the one that learns the measure's dataset."""
    return model.job(measure.run).networks[measure.task or 0]


def _by_name(model: Model, members: Sequence[Member]) -> dict[str, list[np.ndarray]]:
    ends = [model.end(member) for member in members]
    return {name: [end[name] for end in ends] for name in ends[0]}


def _data(model: Model, measure: MeasurePlan, split: Split | None) -> tuple[Tensor, Tensor]:
    """Raises `ValueError` for a measure without data."""
    if measure.dataset is None or split is None:
        raise ValueError(f"{measure.name} is planned without the data that it is taken on")
    return model.split(measure.dataset, split)


def _accuracies(model: Model, measure: MeasurePlan, ends: Stacked, split: Split | None) -> tuple[float, ...]:
    inputs, labels = _data(model, measure, split)
    correct: Tensor = forward(_network(model, measure), ends, inputs).argmax(2) == labels  # (seeds, examples)
    return tuple((correct.sum(1, dtype=torch.float64) / len(labels)).tolist())


def _norms(model: Model, run: str, ends: Stacked) -> tuple[float, ...]:
    """The Euclidean norms of the parameters that are not frozen."""
    names = _trained_names(model, run) or list(ends)
    squares = [ends[name].flatten(1).to(torch.float64).square().sum(1) for name in names]
    return tuple(torch.stack(squares).sum(0).sqrt().tolist())


def _trained_names(model: Model, run: str) -> list[str]:
    """The tensors, `block.tensor`, that a run trains; none on a landscape."""
    frozen = {block.block for block in model.frozen(run)}
    return [name for name, _ in parameter_space(model.layers(run), frozen).tensors]


def _trained(model: Model, member: Member) -> dict[str, Weights]:
    """The trained parameters (checkpoints, …) of a run by name; the points of one on a landscape."""
    weights, names = model.weights(member), _trained_names(model, member.job)
    return {name: weights[name] for name in names} if names else weights


# Curvature, and lengths of paths.


EXAMPLES = 4096
"""Examples of which the loss is differentiated at once."""


def _loss_of(model: Model, measure: MeasurePlan, end: Mapping[str, Weights]) -> tuple[list[Loss], Tensor]:
    """The loss over a split as a function of the trained parameters, in parts, and these parameters at a run's end."""
    landscape = model.landscape(measure.run)
    if isinstance(landscape, AnalyticLandscape):
        return [lambda point: landscape.loss(point[None])[0]], landscape.flatten(end)
    job, (inputs, labels) = model.job(measure.run), _data(model, measure, measure.split)
    frozen = {block.block for block in model.frozen(measure.run)}
    space = parameter_space(job.layers, frozen)
    held = {name: torch.from_numpy(array[None]).double() for name, array in end.items()}

    def part(columns: Tensor, answers: Tensor) -> Loss:
        def loss(point: Tensor) -> Tensor:
            logits = forward_columns(job.layers, {**held, **space.unflatten(point[None])}, columns)
            return LOSSES[job.loss](logits, answers).sum() / len(labels)

        return loss

    examples = zip(torch.split(_doubled(inputs), EXAMPLES), torch.split(labels, EXAMPLES), strict=True)
    point = space.flatten({name: array[None] for name, array in end.items()})[0]
    return [part(columns.mT, answers) for columns, answers in examples], point


def _doubled(inputs: Tensor) -> Tensor:
    """Inputs in double precision; words are numbers of a table and stay as they are."""
    return inputs.double() if inputs.is_floating_point() else inputs


def _logits(model: Model, measure: MeasurePlan) -> Logits:
    """The logits over a split at weights."""
    inputs, layers = _doubled(_data(model, measure, measure.split)[0]), model.layers(measure.run)
    return lambda weights: forward(layers, weights, inputs)


# Widths and heights, each between two numbers.


def _between(model: Model, measure: MeasurePlan, relation: RelationPlan) -> MeasureValues:
    """The width of each run, or the height between it and another, with what it may be at most."""
    model = model.evaluated_on(relation.on)
    jobs = (measure.run,) if measure.other is None else (measure.run, measure.other)
    families = [{member.seed: member for member in model.members(job)} for job in jobs]
    seeds = {seed: tuple(family[seed] for family in families) for seed in families[0]}
    done = {seed: runs for seed, runs in seeds.items() if all(map(model.completed, runs))}
    found = [_ends(model, runs, relation) for runs in done.values()]
    return MeasureValues(
        seeds=tuple(done),
        values=tuple(low for low, _ in found),
        missing=tuple(seed for seed in seeds if seed not in done),
        upper=tuple(high for _, high in found),
    )


def _ends(model: Model, runs: Sequence[Member], relation: RelationPlan) -> Ends:
    """A width as it is sampled and as it is bounded; a height from the widths of its ends to that of a sheet."""
    if len(runs) == 1:
        run = profile_of(model, runs[0])
        width = dihomotopy.run_width(runs[0], run, *(relation.levels or (run.start, run.lowest))).width
        return width.raw, width.bound
    pair = dihomotopy.pair_finding(model, runs[0], runs[1], (IDENTITY,), relation)
    own = max(pair.left.width.raw, pair.right.width.raw)
    return own, WALL if pair.height is None else max(own, pair.height.bound)


# The least difference that can be seen.


def _step(model: Model, measure: SingleMeasure) -> float:
    """The least difference of one measure: one example of the smallest split that it is taken on."""
    if isinstance(measure, CloudMeasurePlan):
        return 0.0
    splits: Sequence[Split | None] = {"accuracy": (measure.split,), "gap": ("train", "test")}.get(measure.name, ())
    sizes = [len(_data(model, measure, split)[1]) for split in splits]
    return 1 / min(sizes) if sizes else 0.0


def resolution(model: Model, expression: MeasureExpression | float) -> float:
    """The most that one example of a split changes an expression by way of one of its measures; 0 where measures
    multiply or divide each other."""
    terms = linear(expression) or {}
    return max((abs(float(factor)) * _step(model, term) for term, factor in terms.items() if term), default=0.0)


def measure_finding(model: Model, question: MeasureQuestion) -> MeasureFinding:
    """Both sides of a comparison, and the least difference that they can show."""
    right = None if isinstance(question.right, float) else values_of(model, question.right)
    steps = resolution(model, question.left), resolution(model, question.right)
    left = values_of(model, question.left)
    others = values_between_seeds(model, question.left) if right is None else None
    asked = measures_compared(question)
    found = curves(model, asked)
    return MeasureFinding(left=left, right=right, resolution=max(steps), other_seeds=others, curves=found)


def seed_count_finding(model: Model, question: SeedCountQuestion) -> SeedCountFinding:
    """Both sides of a comparison of whole numbers in each seed.

    Raises `ValueError` where neither side is measured."""
    measured = {
        place: values_of(model, side)
        for place, side in (("left", question.left), ("right", question.right))
        if not isinstance(side, ConstantNode)
    }
    number = next((side for side in (question.left, question.right) if isinstance(side, ConstantNode)), None)
    if "left" not in measured:
        raise ValueError("a number stands on the left of a comparison of measures")
    count = None if number is None else Count(numerator=number.numerator, denominator=number.denominator)
    asked = measures_compared(question)
    left, right = measured["left"], measured.get("right")
    return SeedCountFinding(left=left, right=right, number=count, curves=curves(model, asked))


def correlation_finding(model: Model, question: CorrelationQuestion) -> CorrelationFinding:
    """The quantities of a correlation in the seeds of which all have a value."""
    asked = [found for found in (question.first, question.second, question.given) if found is not None]
    found = [values_of(model, expression) for expression in asked]
    tables = [dict(zip(values.seeds, values.values, strict=True)) for values in found]
    seeds = tuple(sorted(set.intersection(*(set(table) for table in tables))))
    first, second, *given = (tuple(table[seed] for seed in seeds) for table in tables)
    lost = {
        seed
        for values in found
        for seed in (*values.seeds, *values.missing, *values.undefined, *values.shapeless)
        if seed not in seeds
    }
    return CorrelationFinding(
        seeds=seeds,
        first=first,
        second=second,
        given=given[0] if given else None,
        missing=tuple(sorted(lost)),
        sessions=sessions_in(found),
        curves=curves(model, [measure for expression in asked for measure in measures_in(expression)]),
    )


# Counts, one number for all seeds.
