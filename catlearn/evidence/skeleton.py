"""Skeletons: each run by the few points at which it first passes some levels, to see cheaply which pairs may join.

Half way between the skeletons of two runs lies, but for their excursions, a path of the straight sheet between them.
Its width is no bound of anything; it says in which order to try pairs, and which straight sheets not to try. Under a
symmetry all skeletons are taken to one reference, where those of any two runs are as far apart as after the symmetry
that aligns one to the other.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from catlearn.evidence import sheet
from catlearn.evidence.alignment import element_of
from catlearn.evidence.descent import Floats
from catlearn.evidence.dihomotopy import checkpoints_of
from catlearn.evidence.documents import IDENTITY, Alignment, Levels, Member
from catlearn.evidence.losses import profile_of
from catlearn.evidence.model import Model
from catlearn.evidence.profile import first_passage
from catlearn.evidence.symmetry import relative
from catlearn.plan.ir import RelationPlan

POINTS = 8
"""Points of a skeleton, at levels evenly spaced from high to low."""

PAIRS_AT_ONCE = 512

Pairs = NDArray[np.intp]
"""Pairs (k, 2) of runs, by their places."""


@dataclass(frozen=True)
class Skeletons:
    """The skeletons (runs, `POINTS`, parameters) of some runs in one or two frames: as they are, and, where there are
    symmetries, all aligned to one reference. `elements` are the symmetries that take them there."""

    model: Model
    members: tuple[Member, ...]
    relation: RelationPlan
    levels: Levels
    elements: tuple[Alignment, ...]
    frames: tuple[Tensor, ...]

    @staticmethod
    def of(model: Model, members: tuple[Member, ...], relation: RelationPlan, levels: Levels) -> "Skeletons":
        """The skeletons of some runs at common levels."""
        aligned = relation.modulo != "none" and len({member.seed for member in members}) > 1
        elements = [element_of(model, members, member, relation.modulo) if aligned else IDENTITY for member in members]
        frames = [[IDENTITY] * len(members), elements] if aligned else [[IDENTITY] * len(members)]
        return Skeletons(
            model,
            members,
            relation,
            levels,
            tuple(elements),
            tuple(
                torch.stack([_skeleton(model, *run, levels) for run in zip(members, frame, strict=True)])
                for frame in frames
                if members
            ),
        )

    @property
    def ends(self) -> tuple[float, float]:
        """(high, low)."""
        return self.levels.high, self.levels.low

    def alignment(self, frame: int, left: int, right: int) -> Alignment:
        """The symmetry of the right run, between two runs in a frame: none for those of one initialisation."""
        if frame == 0 or self.members[left].seed == self.members[right].seed:
            return IDENTITY
        return relative(self.elements[left], self.elements[right])

    def distances(self) -> Floats:
        """How far apart (runs, runs) the skeletons are, in the frame in which that is less."""
        flat = [frame.flatten(1).double() for frame in self.frames]
        apart: Floats = torch.stack([torch.cdist(points, points) for points in flat]).amin(0).numpy()
        return apart

    def widths(self, pairs: Pairs) -> Floats:
        """The width (frames, pairs) of the path half way between two skeletons."""
        return np.stack([self._widths(frame, pairs) for frame in self.frames])

    def _widths(self, frame: Tensor, pairs: Pairs) -> Floats:
        landscape, found = self.model.landscape(self.members[0].job), []
        for some in np.array_split(pairs, max(1, -(-len(pairs) // PAIRS_AT_ONCE))):
            middles = (frame[some[:, 0]] + frame[some[:, 1]]) / 2
            found.append(landscape.loss(middles.flatten(0, 1)).view(len(some), POINTS).numpy())
        losses = np.nan_to_num(np.concatenate(found), nan=np.inf)
        rises = (losses - np.minimum.accumulate(losses, axis=1)).max(1)
        ends = np.maximum(self.levels.high - losses[:, 0], losses[:, -1] - self.levels.low)
        worst: Floats = np.maximum(0.0, np.maximum(rises, ends))
        return worst


def _skeleton(model: Model, member: Member, element: Alignment, levels: Levels) -> Tensor:
    run = profile_of(model, member)
    passages = [first_passage(run, level) for level in np.linspace(levels.high, levels.low, POINTS)]
    times = np.array([run.times[-1] if time is None else time for time in passages])
    points = checkpoints_of(model, member, member, element)[len(model.points(member)) :]
    return torch.from_numpy(sheet.along(times, len(points))).to(points.dtype) @ points
