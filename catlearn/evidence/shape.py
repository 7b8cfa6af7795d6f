"""Distances of the representations of two runs, seed by seed, and of different seeds beside them.

Diagrams being close says that two clouds are shape-similar; it says nothing of homotopy.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import product

from catlearn.evidence.along import curves
from catlearn.evidence.documents import (
    CloudRow,
    DiagramPicture,
    DiagramsEvidence,
    ShapeDistance,
    ShapeFinding,
    five_digits,
)
from catlearn.evidence.model import Model
from catlearn.evidence.other_seeds import drawn, of_pairs
from catlearn.evidence.representations import completed, diagrams_of, member_of, rows, value_of
from catlearn.plan.ir import Along, CloudMeasurePlan, ReadJob, ShapeQuestion

DRAWN = 2
"""Seeds whose diagrams are kept for drawing."""

OF_DIAGRAMS = ("bottleneck", "wasserstein")


def measure_of(question: ShapeQuestion) -> CloudMeasurePlan:
    """The distance as a measure of two clouds."""
    clouds = question.left, question.right
    return CloudMeasurePlan(name=question.distance, clouds=clouds, degrees=question.dimensions, terms=question.terms)


def shape_finding(model: Model, question: ShapeQuestion) -> ShapeFinding:
    """The distances of all seeds that both runs completed, and those between different seeds."""
    left, right = model.read_job(question.left), model.read_job(question.right)
    there = {member.seed for member in model.members(right.run)}
    seeds = [member.seed for member in model.members(left.run) if member.seed in there]
    done = [seed for seed in seeds if completed(model, (left, right), seed)]
    paired = drawn([question.distance], done)
    pairs = [*((seed, seed) for seed in done), *product(paired, repeat=2)]
    table = dict(zip(pairs, rows(model, measure_of(question), pairs), strict=True))
    along = question.terms.along
    return ShapeFinding(
        seeds=tuple(done),
        missing=tuple(seed for seed in seeds if seed not in done),
        distances=tuple(_distance(table[seed, seed], along) for seed in done),
        other_seeds=of_pairs(paired, len(done), lambda left, right: value_of(table[left, right], along)),
        same=question.left == question.right,
        farthest=_farthest(question, left, right),
        curves=curves(model, [measure_of(question)]),
    )


def _distance(row: CloudRow, along: Along | None) -> ShapeDistance | None:
    value = value_of(row, along)
    return None if value is None else ShapeDistance(value=value, bars=min(row.bars, default=None))


def _farthest(question: ShapeQuestion, left: ReadJob, right: ReadJob) -> float | None:
    """A distance that no two clouds exceed. Clouds of root mean square norm 1 have n points in a ball of radius
    sqrt(n): no bar of their Rips diagrams is longer than its diameter, and to leave all bars unmatched costs half the
    longest; and the best rotation leaves them no further apart than orthogonal ones."""
    if not left.normalise == right.normalise == "rms":
        return None
    if question.distance == "procrustes":
        return math.sqrt(2)
    bounded = question.distance == "bottleneck" and question.terms.cutoff is None
    return math.sqrt(max(left.size, right.size)) if bounded else None


def diagrams_evidence(model: Model, question: ShapeQuestion, finding: ShapeFinding) -> DiagramsEvidence:
    """All distances, and the diagrams of the first seeds, those at the ends of paths, where diagrams are compared."""
    measure = measure_of(question)
    jobs = [model.read_job(cloud) for cloud in measure.clouds] if question.distance in OF_DIAGRAMS else []
    pictures = [
        _picture(model, job, seed, degree, bars.tolist())
        for seed in finding.seeds[:DRAWN]
        for job in jobs
        for degree, bars in (diagrams_of(model, job, seed, measure)[-1] or {}).items()
    ]
    return DiagramsEvidence(
        distance=question.distance,
        margin=question.margin,
        distances=_finite(found.value for found in finding.distances if found),
        other_seed_distances=_finite(finding.other_seeds.apart if finding.other_seeds else ()),
        diagrams=tuple(pictures),
    )


def _finite(distances: Iterable[float]) -> tuple[float, ...]:
    return tuple(distance for distance in distances if math.isfinite(distance))


def _picture(model: Model, job: ReadJob, seed: int, degree: int, bars: Sequence[Sequence[float]]) -> DiagramPicture:
    """A diagram for drawing: the bars that end."""
    ending = ((birth, death) for birth, death in bars if math.isfinite(death))
    pairs = tuple((five_digits(birth), five_digits(death)) for birth, death in ending)
    return DiagramPicture(member=member_of(model, job, seed), degree=degree, pairs=pairs)
