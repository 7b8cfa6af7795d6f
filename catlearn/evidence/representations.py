"""Representations of runs, and what is measured of one of them or of two: a number for each checkpoint.

A cloud is the activations of one checkpoint on the probe, normalised as its space says. A measure of two clouds takes
two seeds, one for each: the same one, or different ones for comparison.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from statistics import fmean
from typing import TypeVar

import torch

from catlearn.evidence.cloud import Cloud, normalised
from catlearn.evidence.correspondence import affine_residual, alignment, procrustes
from catlearn.evidence.divergence import distances, divergence
from catlearn.evidence.documents import CloudRow, CloudTable, Member
from catlearn.evidence.model import Model
from catlearn.evidence.persistence import Diagram, Distance, betti, bottleneck, diagrams, wasserstein
from catlearn.network.randomness import generator
from catlearn.network.stacked import forward
from catlearn.plan.ir import VERSIONS, Along, CloudMeasurePlan, CloudTermsPlan, ReadJob

Read = TypeVar("Read")

GROUND = {"max": float("inf"), "euclidean": 2.0, "manhattan": 1.0}
"""The exponents of the norms of the plane by name."""

REDUCTIONS: Mapping[Along, Callable[[Sequence[float]], float]] = {
    "max": max,
    "min": min,
    "mean": fmean,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}
"""What may be taken of the numbers along a run."""


def member_of(model: Model, job: ReadJob, seed: int) -> Member:
    """A seed of the run that is read."""
    return Member(job=job.run, name=model.job(job.run).name, seed=seed)


def completed(model: Model, jobs: Sequence[ReadJob], seed: int) -> bool:
    """Whether every run that is read was trained to its end in a seed."""
    return all(model.completed(member_of(model, job, seed)) for job in jobs)


def clouds_of(model: Model, job: ReadJob, seed: int) -> tuple[Cloud | None, ...]:
    """The normalised activations (examples, units) at a run's end, or along it; None where they have no shape."""
    inputs, _ = model.split(job.dataset, job.split)
    member = member_of(model, job, seed)
    weights, layers = model.weights(member), model.job(job.run).layers[: job.depth]
    found = []
    for index in checkpoints(model, job):
        point = {name: torch.from_numpy(array[index][None]) for name, array in weights.items()}
        activations = forward(layers, point, inputs[: job.size])[0]
        found.append(normalised(activations.numpy(), job.normalise))
    return tuple(found)


def checkpoints(model: Model, job: ReadJob) -> tuple[int, ...]:
    """The places of the checkpoints that are read."""
    steps = model.steps(job.run)
    if job.every is None:
        return (len(steps) - 1,)
    since = [step - steps[0] for step in steps]
    return tuple(index for index, step in enumerate(since) if step % job.every == 0 or index == len(steps) - 1)


def sides(measure: CloudMeasurePlan) -> int:
    """Whether clouds are measured one by one, or two of them against each other."""
    return min(2, len(measure.clouds))


Diagrams = dict[int, Diagram]
"""The diagrams of a cloud by degree."""


def diagrams_of(model: Model, job: ReadJob, seed: int, measure: CloudMeasurePlan) -> tuple[Diagrams | None, ...]:
    """The persistence diagrams of what a measure draws of each cloud, computed once."""
    terms = measure.terms
    key = f"diagrams {job.digest} {seed} {measure.degrees} {terms.cutoff} {terms.points} {terms.seed}"
    cutoff = float("inf") if terms.cutoff is None else terms.cutoff

    def compute() -> tuple[Diagrams | None, ...]:
        drawn = (_drawn(cloud, terms) for cloud in clouds_of(model, job, seed))
        return tuple(None if cloud is None else diagrams(cloud, measure.degrees, cutoff) for cloud in drawn)

    return model.once(key, compute)


def _drawn(cloud: Cloud | None, terms: CloudTermsPlan) -> Cloud | None:
    """The points that are drawn of a cloud, the same of every cloud of so many, in their order."""
    if cloud is None or terms.points is None:
        return cloud
    order = torch.randperm(len(cloud), generator=generator("points of a cloud", terms.seed, len(cloud)))
    points: Cloud = cloud[order[: terms.points].sort().values.numpy()]
    return points


# Rows of values.


CLOUDS_KEPT = 64
"""Paths of clouds that are kept while pairs of seeds are measured, each seed being in many pairs."""

Reader = Callable[[ReadJob, int], Sequence[Cloud | None]]
"""The clouds of a seed."""


def rows(model: Model, measure: CloudMeasurePlan, wanted: Sequence[tuple[int, ...]]) -> tuple[CloudRow, ...]:
    """The values of a measure for some seeds, one for each of its clouds; each is computed once and stored."""
    content = measure.model_dump(mode="json", exclude={"terms": {"along"}})
    key = {"measure": content, "version": VERSIONS["read"]}

    def complete(stored: CloudTable | None) -> CloudTable:
        known = stored.rows if stored else ()
        stored_seeds = {row.seeds for row in known}
        new = [seeds for seeds in dict.fromkeys(wanted) if seeds not in stored_seeds]
        read = lru_cache(CLOUDS_KEPT)(partial(clouds_of, model))
        return CloudTable(rows=(*known, *(_row(model, measure, seeds, read) for seeds in new)))

    table = {row.seeds: row for row in model.extended(key, CloudTable, complete).rows}
    return tuple(table[seeds] for seeds in wanted)


def value_of(row: CloudRow, along: Along | None) -> float | None:
    """The one number of a row; None where a cloud that it takes has no number."""
    values = {"first": row.values[:1], "last": row.values[-1:]}.get(along or "", row.values)
    known = [value for value in values if value is not None]
    return REDUCTIONS[along or "last"](known) if known and len(known) == len(values) else None


def _row(model: Model, measure: CloudMeasurePlan, seeds: tuple[int, ...], read: Reader) -> CloudRow:
    if measure.name == "layerwise_affine":
        return CloudRow(seeds=seeds, values=_of_layers(model, measure, seeds, read))
    jobs = [(model.read_job(cloud), seed) for cloud, seed in zip(measure.clouds, seeds, strict=True)]
    if measure.name in ("bottleneck", "wasserstein"):
        found = _together([diagrams_of(model, job, seed, measure) for job, seed in jobs])
        apart = [_between(measure, pair) for pair in found]
        values = tuple(None if each is None else each.value for each in apart)
        return CloudRow(seeds=seeds, values=values, bars=tuple(each.bars for each in apart if each is not None))
    clouds = _together([read(job, seed) for job, seed in jobs])
    values = tuple(_value(measure, [_drawn(cloud, measure.terms) for cloud in each]) for each in clouds)
    return CloudRow(seeds=seeds, values=values)


def _of_layers(
    model: Model, measure: CloudMeasurePlan, seeds: tuple[int, ...], read: Reader
) -> tuple[float | None, ...]:
    """The largest affine residual over the layers, in both directions, at each checkpoint; None where a layer has
    none."""
    jobs = [model.read_job(cloud) for cloud in measure.clouds]
    paths = [read(job, seed) for job, seed in zip(jobs, seeds * (len(jobs) // 2), strict=True)]
    return tuple(_largest_residual(clouds) for clouds in _together(paths))


def _largest_residual(clouds: Sequence[Cloud | None]) -> float | None:
    """The largest affine residual of pairs of clouds, one after the other; None where a pair has none."""
    found = [_residual(left, right) for left, right in zip(clouds[::2], clouds[1::2], strict=True)]
    known = [residual for residual in found if residual is not None]
    return max(known) if len(known) == len(found) else None


def _residual(left: Cloud | None, right: Cloud | None) -> float | None:
    """The larger affine residual of two clouds, either way round."""
    if left is None or right is None:
        return None
    both = affine_residual(left, right), affine_residual(right, left)
    return None if both[0] is None or both[1] is None else max(both[0], both[1])


def _together(paths: Sequence[Sequence[Read | None]]) -> list[tuple[Read | None, ...]]:
    """What is read at each checkpoint; what is read at one alone stands beside all of a path. Nothing corresponds in
    paths of different lengths."""
    length = max(len(path) for path in paths)
    if any(len(path) not in (1, length) for path in paths):
        return [tuple(None for _ in paths)]
    return list(zip(*(path if len(path) == length else path * length for path in map(tuple, paths)), strict=True))


def _between(measure: CloudMeasurePlan, pair: Sequence[Diagrams | None]) -> Distance | None:
    """The largest distance over the degrees, with the bars of all of them; None where a cloud has no shape."""
    left, right = pair
    if left is None or right is None:
        return None
    found = [_distance(measure, left[degree], right[degree]) for degree in measure.degrees]
    sizes = sum(each.left_size for each in found), sum(each.right_size for each in found)
    return Distance(max(each.value for each in found), *sizes)


def _distance(measure: CloudMeasurePlan, left: Diagram, right: Diagram) -> Distance:
    if measure.name == "bottleneck":
        return bottleneck(left, right)
    return wasserstein(left, right, measure.terms.order, GROUND[measure.terms.ground])


def _value(measure: CloudMeasurePlan, clouds: Sequence[Cloud | None]) -> float | None:
    """A measure of clouds; None where one has no shape, or where the measure has no number.

    Raises `ValueError` for a measure of anything else than one cloud or two."""
    found = [cloud for cloud in clouds if cloud is not None]
    if len(found) < len(clouds):
        return None
    if measure.name == "betti" and measure.scale:
        return float(betti(found[0], measure.degrees[0], *measure.scale))
    left, right = found
    match measure.name:
        case "cka":
            return alignment(left, right, measure.terms.kernel, measure.terms.bandwidth)
        case "affine_residual":
            return affine_residual(left, right)
        case "procrustes":
            return procrustes(left, right)
        case "rtd":
            apart = [distances(cloud, measure.terms.unit) for cloud in (left, right)]
            return None if apart[0] is None or apart[1] is None else divergence(apart[0], apart[1], measure.degrees)
    raise ValueError(f"{measure.name} is no measure of two clouds")
