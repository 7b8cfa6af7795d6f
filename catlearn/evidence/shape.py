"""Distances of the representations of two runs, seed by seed, and of different seeds beside them.

Diagrams being close says that two clouds are shape-similar; it says nothing of homotopy.
"""

import math
from collections.abc import Sequence

from catlearn.evidence.documents import CloudRow, DiagramPicture, DiagramsEvidence, ShapeDistance, ShapeFinding
from catlearn.evidence.model import Model
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
    """The distances of all seeds that both runs completed, and of each left seed to the next right one."""
    left, right = model.read_job(question.left), model.read_job(question.right)
    there = {member.seed for member in model.members(right.run)}
    seeds = [member.seed for member in model.members(left.run) if member.seed in there]
    done = [seed for seed in seeds if completed(model, (left, right), seed)]
    others = done[1:] + done[:1] if len(done) > 1 else []
    pairs = [*zip(done, done, strict=True), *zip(done, others, strict=False)]
    found = [_distance(row, question.terms.along) for row in rows(model, measure_of(question), pairs)]
    return ShapeFinding(
        seeds=tuple(done),
        missing=tuple(seed for seed in seeds if seed not in done),
        distances=tuple(found[: len(done)]),
        other_seed_distances=tuple(found[len(done) :]),
        same=question.left == question.right,
        farthest=_farthest(question, left, right),
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
    drawn = [
        _picture(model, job, seed, degree, bars.tolist())
        for seed in finding.seeds[:DRAWN]
        for job in jobs
        for degree, bars in (diagrams_of(model, job, seed, measure)[-1] or {}).items()
    ]
    return DiagramsEvidence(
        distance=question.distance,
        margin=question.margin,
        distances=_shown(finding.distances),
        other_seed_distances=_shown(finding.other_seed_distances),
        diagrams=tuple(drawn),
    )


def _shown(distances: Sequence[ShapeDistance | None]) -> tuple[float, ...]:
    """The finite distances."""
    return tuple(found.value for found in distances if found and math.isfinite(found.value))


def _picture(model: Model, job: ReadJob, seed: int, degree: int, bars: Sequence[Sequence[float]]) -> DiagramPicture:
    """A diagram for drawing: the bars that end."""
    ending = ((birth, death) for birth, death in bars if math.isfinite(death))
    pairs = tuple((float(f"{birth:.5g}"), float(f"{death:.5g}")) for birth, death in ending)
    return DiagramPicture(member=member_of(model, job, seed), degree=degree, pairs=pairs)
