"""Networks of three parameters, gridded whole, and runs against permuted copies of themselves."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from catlearn.evidence import classes
from catlearn.evidence.symmetry import permuted
from catlearn.plan.ir import RelationPlan
from tests.calibration.case import Case, asked_near, rounded, written
from tests.evidence.networks import NetworkModel, descent, landscape_of, layers_of, shuffled


def three_parameters(random: np.random.Generator) -> Case:
    """a relu(b x + c) fitted to three points: ends of descents, connected at the level that an independent grid of the
    whole box gives, on corners and by labelling; it is off by what a grid half as fine changes."""
    inputs, targets = np.array([-1.0, 0.2, 1.0]) + random.uniform(-0.2, 0.2, 3), random.uniform(-0.6, 0.6, 3)

    def loss(points: np.ndarray) -> np.ndarray:
        given = np.maximum(points[..., 1, None] * inputs + points[..., 2, None], 0)
        return ((points[..., 0, None] * given - targets) ** 2).sum(axis=-1)

    ends = [_descended(loss, random.uniform(-1.2, 1.2, 3)) for _ in range(2)]
    coarse, fine = (_merge(loss, ends, count) for count in (49, 97))
    terms = [
        f"(x * max(y * ({written(one)}) + z, 0) - ({written(other)}))^2"
        for one, other in zip(inputs, targets, strict=True)
    ]
    return Case(
        "three parameters",
        "connected",
        " + ".join(terms),
        "[-1.5, 1.5]^3",
        rounded(np.array([[1.4, 1.4, 1.4], ends[0]])),
        rounded(np.array([[1.4, 1.4, 1.4], ends[1]])),
        fine,
        max(0.001, asked_near(random, fine, 0.2)),
        margin=0.01 + 3 * abs(fine - coarse),
    )


def _descended(loss, point: np.ndarray) -> np.ndarray:
    """The end of a descent inside the box, by differences, on a corner of the coarser grid."""
    for _ in range(150):
        steps = 1e-5 * np.eye(3)
        slope = (loss(point + steps) - loss(point - steps)) / 2e-5
        point = np.clip(point - 0.03 * slope, -1.4, 1.4)
    return np.round((point + 1.5) * 16) / 16 - 1.5


def _merge(loss, ends: list[np.ndarray], count: int) -> float:
    """The least level at which the corners of a grid join two of them along edges of the grid and of its cubes."""
    side = np.linspace(-1.5, 1.5, count)
    levels = loss(np.stack(np.meshgrid(side, side, side, indexing="ij"), axis=-1))
    first, second = (tuple(np.round((end + 1.5) / 3 * (count - 1)).astype(int)) for end in ends)
    below, least = max(levels[first], levels[second]), levels.max()
    if _joined(levels <= below, first, second):
        return float(below)
    for _ in range(16):
        middle = (below + least) / 2
        below, least = (below, middle) if _joined(levels <= middle, first, second) else (middle, least)
    return float(least)


def _joined(mask: np.ndarray, first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    return bool(labels[first] and labels[first] == labels[second])


@dataclass(frozen=True)
class Permuted:
    """A run of a network and the same run with its hidden units in another order; the level `high` lies above its start
    by `height`, which is its own width, and so the height of the two."""

    kind: str
    family: str
    seed: int
    order: int
    height: float
    asked: float
    margin: float = 0.005

    @property
    def known(self) -> tuple[float, float]:
        """The bounds of the height."""
        return self.height, self.height

    def verdict(self) -> str:
        """Whether the two are found to be one class modulo permutations, or no descents."""
        run, layers = descent(self.family, self.seed), layers_of(self.family)
        losses = landscape_of(self.family).loss(landscape_of(self.family).flatten(run)).numpy()
        model = NetworkModel(
            self.family, {"run": run, "moved": permuted(run, layers, shuffled(self.family, self.order))}
        )
        relation = RelationPlan(
            name="r",
            kind="dihomotopy",
            slack=self.asked,
            levels=(float(losses[0]) + self.height, float(losses[-1])),
            modulo="permutations",
        )
        found = classes.classes_finding(model, model.members(), (), relation, lambda _: False, lambda *_: None)
        if all(width.width.raw > self.asked for width in found.widths):
            return "refuted"
        return "supported" if found.joins else "undecided"


FAMILIES = ("dense", "saturating", "residual", "layer norm", "convolution")


def permuted_copies(random: np.random.Generator) -> Permuted:
    """A run against a permuted copy of itself."""
    height = random.uniform(0.02, 0.1)
    return Permuted(
        "permuted copies",
        str(random.choice(FAMILIES)),
        int(random.integers(0, 12)),
        int(random.integers(0, 2**31)),
        height,
        asked_near(random, height, 0.05),
    )
