"""Representations of runs and the distances of their persistence diagrams.

Diagrams being close says that two clouds are shape-similar; it says nothing of homotopy.
"""

import math
from collections.abc import Sequence

import torch

from catlearn.evidence.cloud import Cloud, normalised
from catlearn.evidence.documents import DiagramPicture, DiagramsEvidence, Member, ShapeDistance, ShapeFinding
from catlearn.evidence.model import Model
from catlearn.evidence.persistence import Diagram, bottleneck, diagrams
from catlearn.network.stacked import forward
from catlearn.plan.ir import VERSIONS, ReadJob, ShapeQuestion

DRAWN = 2
"""Seeds whose diagrams are kept for drawing."""


def cloud_of(model: Model, job: ReadJob, member: Member) -> Cloud | None:
    """The normalised activations (examples, units) of a run's end, None where they have no shape."""
    inputs, _ = model.split(job.dataset, job.split)
    end = {name: torch.from_numpy(array[None]) for name, array in model.end(member).items()}
    activations = forward(model.job(job.run).layers[: job.depth], end, inputs[: job.size])[0]
    return normalised(activations.numpy(), job.normalise)


def shape_finding(model: Model, question: ShapeQuestion) -> ShapeFinding:
    """The distances of all seeds that both runs completed, and of each left seed to the next right one."""
    left, right = model.read_job(question.left), model.read_job(question.right)
    seeds = [member.seed for member in model.members(left.run)]
    shared = {member.seed for member in model.members(right.run)}
    done = [seed for seed in seeds if seed in shared and _completed(model, (left, right), seed)]
    key = {
        "question": question.model_dump(exclude={"margin", "confidence"}),
        "seeds": done,
        "of": seeds,
        "version": VERSIONS["read"],
    }

    def compute() -> ShapeFinding:
        ours = [_diagrams(model, left, seed, question.dimensions) for seed in done]
        theirs = [_diagrams(model, right, seed, question.dimensions) for seed in done]
        others = theirs[1:] + theirs[:1] if len(done) > 1 else []
        return ShapeFinding(
            seeds=tuple(done),
            missing=tuple(seed for seed in seeds if seed in shared and seed not in done),
            distances=tuple(_distance(a, b) for a, b in zip(ours, theirs, strict=True)),
            other_seed_distances=tuple(_distance(a, b) for a, b in zip(ours, others, strict=False)),
            same=question.left == question.right,
            farthest=_farthest(left, right),
        )

    return model.remembered(key, ShapeFinding, compute)


def _farthest(left: ReadJob, right: ReadJob) -> float | None:
    """Clouds of root mean square norm 1 have n points in a ball of radius sqrt(n); no bar of their Rips diagrams is
    longer than its diameter, and to leave all bars unmatched costs half the longest."""
    normalised_clouds = left.normalise == right.normalise == "rms"
    return math.sqrt(max(left.size, right.size)) if normalised_clouds else None


def _member(model: Model, job: ReadJob, seed: int) -> Member:
    return Member(job=job.run, name=model.job(job.run).name, seed=seed)


def _completed(model: Model, jobs: Sequence[ReadJob], seed: int) -> bool:
    return all(model.completed(_member(model, job, seed)) for job in jobs)


def _diagrams(model: Model, job: ReadJob, seed: int, degrees: Sequence[int]) -> dict[int, Diagram] | None:
    cloud = cloud_of(model, job, _member(model, job, seed))
    return None if cloud is None else diagrams(cloud, degrees)


def _distance(left: dict[int, Diagram] | None, right: dict[int, Diagram] | None) -> ShapeDistance | None:
    if left is None or right is None:
        return None
    found = [bottleneck(left[degree], right[degree]) for degree in left]
    return ShapeDistance(
        value=max(distance.value for distance in found),
        bars=sum(distance.left_size + distance.right_size for distance in found),
    )


def diagrams_evidence(model: Model, question: ShapeQuestion, finding: ShapeFinding) -> DiagramsEvidence:
    """The diagrams of the first seeds and all distances, for drawing."""
    jobs = model.read_job(question.left), model.read_job(question.right)
    drawn = [
        DiagramPicture(
            member=_member(model, job, seed),
            degree=degree,
            pairs=tuple((float(f"{birth:.5g}"), float(f"{death:.5g}")) for birth, death in bars),
        )
        for seed in finding.seeds[:DRAWN]
        for job in jobs
        for degree, bars in (_diagrams(model, job, seed, question.dimensions) or {}).items()
    ]
    return DiagramsEvidence(
        distance=question.distance,
        margin=question.margin,
        distances=tuple(found.value for found in finding.distances if found),
        other_seed_distances=tuple(found.value for found in finding.other_seed_distances if found),
        diagrams=tuple(drawn),
    )
