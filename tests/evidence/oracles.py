"""Landscapes whose heights are known, as models of a theory: runs on them stand where trained runs would.

The plane carries the worked truth of DESIGN 4: for monotone runs on either side of a bump with pass S and peak P the
height is max(0, min(P - S, high - S, S - low)); for a pit with bottom Q it is S - Q in place of P - S. On the line two
runs are kept apart by whatever lies between them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from catlearn.evidence import dihomotopy, relaxed
from catlearn.evidence.documents import IDENTITY, Bend, Member, PairFinding
from catlearn.evidence.model import Model
from catlearn.network.landscape import AnalyticLandscape
from catlearn.plan.ir import LayerPlan, RelationPlan

Array = NDArray[np.float64]
Shape = Callable[[torch.Tensor], torch.Tensor]


class Landscape(Protocol):
    """A loss, float64 (n,), at points (n, P)."""

    def loss(self, points: torch.Tensor) -> torch.Tensor: ...


@dataclass(frozen=True)
class Slope:
    """The loss falls by `steepness` along the first axis and carries round bumps (or pits) of given centres, radii and
    heights (negative for pits), each `amount * shape(distance / radius)` within its radius and 0 outside.

    `frame` (2, P) with orthonormal rows embeds the plane in P dimensions along the rest of which nothing changes, so
    every sheet projects to the plane and the heights are those of the plane."""

    steepness: float
    bumps: tuple[tuple[float, float, float, float], ...]
    shape: Shape
    frame: Array
    offset: float = 0.0

    def loss(self, points: torch.Tensor) -> torch.Tensor:
        plane = points.double() @ torch.from_numpy(self.frame).T
        loss = self.offset - self.steepness * plane[:, 0]
        for x, y, radius, amount in self.bumps:
            distance = torch.linalg.vector_norm(plane - torch.tensor([x, y], dtype=torch.float64), dim=1)
            loss = loss + amount * self.shape((distance / radius).clamp(max=1.0))
        return loss

    def height(self, bump: int, high: float, low: float) -> float:
        """The height of two monotone runs with this bump alone between them.

        A way from the peak to above crosses every circle round the bump, on which the loss is highest on the axis; so
        the pass is the lowest of these highest losses. For a pit exchange high and low, above and below."""
        x, _, radius, amount = self.bumps[bump]
        sign = 1.0 if amount > 0 else -1.0
        share = torch.linspace(0.0, 1.0, 4001, dtype=torch.float64)
        fall = self.offset - self.steepness * (x - sign * radius * share)
        extremes = sign * (fall + amount * self.shape(share)).numpy()
        top = int(extremes.argmax())
        peak, passage = extremes[top], extremes[top:].min()
        return float(max(0.0, min(peak - passage, high - sign * passage, sign * passage - low)))


def cone(share: torch.Tensor) -> torch.Tensor:
    """1 - r: a kink at the tip and at the rim, as of relu."""
    return 1.0 - share


def dome(share: torch.Tensor) -> torch.Tensor:
    """(1 - r²)²: smooth."""
    return (1.0 - share**2) ** 2


def table(share: torch.Tensor) -> torch.Tensor:
    """Level within half of the radius, a steep side beyond."""
    return (2.0 - 2.0 * share).clamp(max=1.0)


@dataclass(frozen=True)
class Ball:
    """The loss falls along the first axis and carries one ball of a given centre, radius and height, in any number of
    dimensions: in three and more one can go round it, and the height of monotone runs is 0."""

    centre: Array
    radius: float
    amount: float

    def loss(self, points: torch.Tensor) -> torch.Tensor:
        distance = torch.linalg.vector_norm(points.double() - torch.from_numpy(self.centre), dim=1)
        return 2.0 - points.double()[:, 0] + self.amount * dome((distance / self.radius).clamp(max=1.0))


@dataclass(frozen=True)
class Line:
    """The loss in one dimension, interpolated linearly between knots."""

    positions: Array
    losses: Array

    def loss(self, points: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(np.interp(points.double().numpy()[:, 0], self.positions, self.losses))

    def least_height(self, left: Array, right: Array, high: float, low: float) -> float:
        """A lower bound of the height of two runs: their starts are carried over all that lies between them, and so are
        their ends."""
        starts, ends = self._between(left[0, 0], right[0, 0]), self._between(left[-1, 0], right[-1, 0])
        return float(max(0.0, high - starts.min(), ends.max() - low))

    def _between(self, first: float, second: float) -> Array:
        low, high = sorted((first, second))
        inside = self.positions[(self.positions > low) & (self.positions < high)]
        return np.interp(np.concatenate([[low], inside, [high]]), self.positions, self.losses)


@dataclass(frozen=True)
class Field:
    """Any loss of points in R^P, given in numpy."""

    function: Callable[[Array], Array]

    def loss(self, points: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self.function(points.double().numpy()))


@dataclass(frozen=True)
class Terrain:
    """A landscape as evidence reads it: points are already flat."""

    landscape: Landscape

    def flatten(self, arrays: Mapping[str, NDArray[np.float32]]) -> torch.Tensor:
        return torch.from_numpy(arrays["point"])

    def loss(self, points: torch.Tensor) -> torch.Tensor:
        return self.landscape.loss(points)

    def sampled_loss(self, points: torch.Tensor, _step: int) -> torch.Tensor:
        return self.landscape.loss(points)


class AnalyticModel(Model):
    """A model whose runs are given arrays (checkpoints, P) on an analytic landscape, read in float32 as weights are."""

    def __init__(self, landscape: Landscape, runs: Mapping[str, Array]) -> None:
        super().__init__(plan=None, store=None, fresh=True)
        whole = landscape if isinstance(landscape, AnalyticLandscape) else Terrain(landscape)
        object.__setattr__(self, "_terrain", whole)
        object.__setattr__(self, "_runs", runs)

    def layers(self, _: str) -> tuple[LayerPlan, ...]:
        return ()

    def descent(self, _: str) -> None:
        """No plan says the landscape."""

    def member(self, name: str) -> Member:
        return Member(job=name, name=name, seed=0)

    def weights(self, member: Member) -> dict[str, NDArray[np.float32]]:
        return {"point": self._runs[member.job].astype(np.float32)}

    def landscape(self, _: str) -> Terrain | AnalyticLandscape:
        return self._terrain

    def keep_bend(self, bend: Bend | None) -> None:
        """Nothing is stored."""


@dataclass(frozen=True)
class Case:
    """Two runs on a landscape with a lower bound of their height at their levels."""

    terrain: Landscape
    left: Array
    right: Array
    truth: Callable[[float, float], float]
    levels: tuple[float, float] | None = None

    @cached_property
    def model(self) -> AnalyticModel:
        return AnalyticModel(self.terrain, {"left": self.left, "right": self.right})

    def finding(self, slack: float) -> PairFinding:
        """What straight sheets show of the two runs."""
        relation = RelationPlan(name="basin", kind="dihomotopy", slack=slack, levels=self.levels, modulo="none")
        members = self.model.member("left"), self.model.member("right")
        return dihomotopy.pair_finding(self.model, *members, (IDENTITY,), relation)

    def relaxed(self, slack: float, steps: int) -> PairFinding:
        """What relaxed sheets show where straight ones leave the height open."""
        relation = RelationPlan(
            name="basin", kind="dihomotopy", slack=slack, levels=self.levels, modulo="none", effort=steps
        )
        return relaxed.findings(self.model, (self.finding(slack),), relation)[0]

    def height(self, finding: PairFinding) -> float:
        """The true height (or a lower bound of it) at the levels of a finding."""
        return self.truth(finding.levels.high, finding.levels.low)


def reported(finding: PairFinding) -> float:
    """The bound of the height that a finding reports: the runs' own widths count, since the sheet joins their cuts."""
    if finding.height is None:
        return float("inf")
    return max(finding.left.width.bound, finding.right.width.bound, finding.height.bound)


# Generators, each a case from a seed.


def frame(generator: np.random.Generator, dimension: int) -> Array:
    return np.linalg.qr(generator.normal(size=(dimension, 2)))[0].T


def lane(generator: np.random.Generator, side: Callable[[Array], Array], count: int) -> Array:
    """A monotone run in the plane: x rises from -1 to 1 at uneven speed, y is given by x."""
    steps = generator.random(count - 1) + 0.02
    x = -1.0 + 2.0 * np.concatenate([[0.0], np.cumsum(steps) / steps.sum()])
    return np.stack([x, side(x)], axis=1)


def obstacle(seed: int, least: float, most: float) -> Case:
    """A bump or a pit between two monotone runs that pass it at a distance of 0.5 to 0.7 on either side, at random
    speeds. Its radius lies between `least` and `most`, at most 0.5."""
    generator = np.random.default_rng(seed)
    steepness = float(np.exp(generator.uniform(-1, 1)))
    radius = float(generator.uniform(least, most))
    x, y = generator.uniform(-0.9 + radius, 0.9 - radius), generator.uniform(radius - 0.5, 0.5 - radius)
    amount = steepness * radius * float(np.exp(generator.uniform(0, 2))) * generator.choice([-1.0, 1.0])
    shape = (cone, dome, table)[generator.integers(3)]
    space = frame(generator, int(generator.integers(2, 7)))
    terrain = Slope(steepness, ((x, y, radius, amount),), shape, space, 2 * steepness)

    def side(sign: float) -> Array:
        wave, count = generator.uniform(0, 0.1), int(generator.integers(4, 13))
        return lane(generator, lambda at: sign * (0.5 + wave * (1 + np.sin(3 * at))), count) @ space

    return Case(terrain, side(-1.0), side(1.0), lambda high, low: terrain.height(0, high, low))


@dataclass(frozen=True)
class Lanes:
    """Monotone runs side by side, a distance of 1 apart, with one bump between neighbours.

    Two runs are at the height of the worst bump between them, so at a slack there is a class more than there are
    bumps above it."""

    terrain: Slope
    runs: Mapping[str, Array]

    @cached_property
    def model(self) -> AnalyticModel:
        return AnalyticModel(self.terrain, self.runs)

    def classes(self, slack: float) -> int:
        """The true number of classes at a slack, at the automatic levels: all runs have the same ends."""
        high, low = self.terrain.offset + self.terrain.steepness, self.terrain.offset - self.terrain.steepness
        heights = [self.terrain.height(bump, high, low) for bump in range(len(self.runs) - 1)]
        return 1 + sum(height > slack for height in heights)


def lanes(seed: int, count: int) -> Lanes:
    generator = np.random.default_rng(seed)
    space = frame(generator, int(generator.integers(2, 5)))
    bumps = []
    for lower in range(count - 1):
        radius = float(generator.uniform(0.3, 0.45))
        x, aside = generator.uniform(radius - 0.9, 0.9 - radius), generator.uniform(radius - 0.5, 0.5 - radius)
        bumps.append((x, lower + 0.5 + aside, radius, radius * float(np.exp(generator.uniform(-0.5, 2)))))
    terrain = Slope(1.0, tuple(bumps), (cone, dome, table)[generator.integers(3)], space, 2.0)
    runs = {f"lane{y}": lane(generator, partial(np.full_like, fill_value=y), 7) @ space for y in range(count)}
    return Lanes(terrain, runs)


def wells(seed: int) -> Case:
    """Two descents into the nearest of random wells on the line, from random places."""
    generator = np.random.default_rng(seed)
    count = int(generator.integers(3, 7))
    positions = np.linspace(-1.0, 1.0, 2 * count + 1)
    losses = np.where(np.arange(2 * count + 1) % 2 == 0, generator.uniform(1, 3, 2 * count + 1), 0.0)
    losses[1::2] = generator.uniform(0, 0.8, count)
    terrain = Line(positions, losses)
    first, second = generator.choice(count, 2, replace=False)

    def descent(well: int) -> Array:
        start = positions[2 * well + 1] + generator.choice([-0.9, 0.9]) / count
        share = np.concatenate([[0.0], np.sort(generator.random(generator.integers(2, 9))), [1.0]])
        return (start + share * (positions[2 * well + 1] - start))[:, None]

    left, right = descent(first), descent(second)
    return Case(terrain, left, right, lambda high, low: terrain.least_height(left, right, high, low))
