"""Runs in a plane that they share: the first two principal components of their checkpoints, for drawing only."""

from collections.abc import Mapping

import numpy as np
import torch

from catlearn.evidence.alignment import element_of
from catlearn.evidence.dihomotopy import checkpoints_of
from catlearn.evidence.documents import IDENTITY, Member, RunPath, five_digits
from catlearn.evidence.model import Model
from catlearn.evidence.sheet import along
from catlearn.plan.ir import Symmetry

MOST_RUNS = 96
"""Runs drawn, evenly chosen: more cannot be told apart by eye."""

CHECKPOINTS = 16
"""Moments of a run that are drawn, evenly spaced."""


def projected(model: Model, groups: Mapping[Member, int], modulo: Symmetry) -> tuple[tuple[RunPath, ...], float | None]:
    """Runs with the numbers of their classes, in the plane, and the share of their variance that lies in it; under a
    symmetry they are aligned to one reference first. Nothing where runs have no variance or no plane."""
    members = list(groups)
    drawn = [members[place] for place in np.unique(np.linspace(0, len(members) - 1, MOST_RUNS).astype(int))]
    if len(drawn) < 2:
        return (), None
    paths = torch.stack([_moments(model, members, member, modulo) for member in drawn])  # (runs, moments, P)
    flat = paths.flatten(0, 1).double()
    centred = flat - flat.mean(0)
    variances, vectors = torch.linalg.eigh(centred @ centred.T)  # ascending
    total = float(variances.clamp(min=0).sum())
    if total == 0.0:
        return (), None
    plane = (vectors[:, -2:] * variances[-2:].clamp(min=0).sqrt()).flip(1).reshape(len(drawn), -1, 2).tolist()
    found = tuple(
        RunPath(member=member, group=groups[member], points=tuple((five_digits(x), five_digits(y)) for x, y in points))
        for member, points in zip(drawn, plane, strict=True)
    )
    return found, float(variances[-2:].clamp(min=0).sum()) / total


def _moments(model: Model, members: list[Member], member: Member, modulo: Symmetry) -> torch.Tensor:
    element = IDENTITY if modulo == "none" else element_of(model, members, member, modulo)
    points = checkpoints_of(model, member, member, element)[len(model.points(member)) :]
    times = np.linspace(0, len(points) - 1, min(CHECKPOINTS, len(points)))
    moments = torch.from_numpy(along(times, len(points))).to(points.dtype) @ points
    return moments[torch.linspace(0, len(moments) - 1, CHECKPOINTS).round().long()]
