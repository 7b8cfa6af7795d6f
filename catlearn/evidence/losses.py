"""The losses of a model: along its stored runs, and at weighted sums of their checkpoints (DESIGN 4)."""

import numpy as np
import torch
from numpy.typing import NDArray

from catlearn.evidence import sheet
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import Member, ProfileEvidence
from catlearn.evidence.model import Model
from catlearn.evidence.profile import FINE_SAMPLES, SAMPLES, Profile, profile, sample_times
from catlearn.network.landscape import AnalyticLandscape, Landscape
from catlearn.plan.ir import VERSIONS

WALL = 1e300
"""What a loss that is not finite is taken to be: no path descends through it."""

POINTS_AT_ONCE = 16384
"""The points whose losses are taken in one pass."""

BEYOND = 1e-6
"""How far, as a share of a side of the box, rounding may put a point of a sheet beyond it."""


def profile_of(model: Model, member: Member) -> Profile:
    """The loss along a run, sampled between its checkpoints, more finely on a landscape."""

    def found() -> Profile:
        points = model.points(member)
        times = sample_times(len(points), FINE_SAMPLES if is_analytic(model, member.job) else SAMPLES)

        def compute() -> ProfileEvidence:
            losses = losses_of(model, member.job, sheet.along(times, len(points)), points)
            return ProfileEvidence(losses=tuple(losses.tolist()))

        key = {"job": member.job, "seed": member.seed, "on": evaluation_key(model), "version": VERSIONS["sheet"]}
        return profile(times, np.array(model.remembered(key, ProfileEvidence, compute).losses))

    return model.once(f"profile {member.job} {member.seed} {model.evaluation}", found)


def is_analytic(model: Model, job: str) -> bool:
    """Whether a job's losses are those of an expression, which cost next to nothing, and not of a network."""
    return isinstance(model.landscape(job), AnalyticLandscape)


def evaluation_key(model: Model) -> object:
    """Where a model's losses are taken, as a part of a key."""
    return None if model.evaluation is None else model.evaluation.model_dump()


def losses_of(model: Model, job: str, weights: Floats, points: torch.Tensor) -> Floats:
    """The loss (...) at weighted sums (..., points) of points (points, parameters); `WALL` where it is not finite or
    beyond the box of a landscape."""
    flat = torch.from_numpy(weights.reshape(-1, weights.shape[-1])).to(points.dtype)
    landscape = model.landscape(job)
    parts = [_inside_box(landscape, part @ points) for part in torch.split(flat, POINTS_AT_ONCE)]
    losses: NDArray[np.float64] = np.nan_to_num(torch.cat(parts).numpy(), nan=WALL, posinf=WALL, neginf=WALL)
    return losses.reshape(weights.shape[:-1])


def _inside_box(landscape: Landscape, points: torch.Tensor) -> torch.Tensor:
    """The losses (n,) at points (n, P): infinite beyond the box of a landscape, which no bent sheet may leave."""
    losses = landscape.loss(points)
    if isinstance(landscape, AnalyticLandscape):
        return losses.where(landscape.inside(points, BEYOND), torch.inf)
    return losses
