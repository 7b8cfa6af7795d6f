"""Networks of three parameters, gridded whole, runs against permuted copies of themselves, and networks of one unit."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage

from catlearn.evidence import classes
from catlearn.evidence.symmetry import permuted
from catlearn.network.landscape import NetworkLandscape
from catlearn.plan.ir import RelationPlan
from tests.calibration.case import Case, asked_near, rounded, written
from tests.evidence.networks import ONE_UNIT, NetworkModel, descent, landscape_of, layers_of, shuffled


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
        return joined(model, relation)


def joined(model: NetworkModel, relation: RelationPlan) -> str:
    """Whether the two runs of a model are found to be one class, or no descents."""
    found = classes.classes_finding(model, model.members(), (), relation, lambda _: False, lambda *_: None)
    if all(width.width.raw > relation.slack for width in found.widths):
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


UNIT = 1 / 6
"""The least loss of a network of one hidden unit that does not tell x from -x, with labels 0 and 1 of three."""


@dataclass(frozen=True)
class OneUnit:
    """Two runs of a linear network with one hidden unit, or two in a row, on the examples x and -x of labels 0 and 1.

    Where the unit's weights are orthogonal to x both examples have the same outputs, and the mean squared error is at
    least `UNIT`. So the signs of what the unit makes of x are kept apart below, and no permutation changes them: there
    is none. Weights a and b of the unit and after it give UNIT (1 - a b)^2 along the runs, which end at 0."""

    kind: str
    family: str
    example: tuple[float, ...]
    paths: tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]
    height: float
    above: float
    asked: float
    margin: float = 0.005

    @property
    def known(self) -> tuple[float, float]:
        """The bounds of the height."""
        return self.height, self.above

    def verdict(self) -> str:
        """Whether the two are found to be one class modulo permutations."""
        relation = RelationPlan(
            name="r",
            kind="dihomotopy",
            slack=self.asked,
            levels=(4 * UNIT - 1e-4, 1e-4),
            modulo="permutations",
            effort=100,
        )
        return joined(OneUnitModel(self), relation)


class OneUnitModel(NetworkModel):
    """A model of the two runs of a case."""

    def __init__(self, case: OneUnit) -> None:
        super().__init__(case.family, {f"run {n}": _weights(case, path) for n, path in enumerate(case.paths)})
        inputs = torch.tensor([case.example, [-at for at in case.example]])
        landscape = NetworkLandscape(layers_of(case.family), inputs, torch.tensor([0, 1]), inputs, "mse")
        object.__setattr__(self, "_landscape", landscape)


def _weights(case: OneUnit, path: tuple[tuple[float, float], ...]) -> dict[str, np.ndarray]:
    """The tensors (checkpoints, ...) along a path of weights a and b."""
    corners = np.array(path)
    times = np.linspace(0, len(corners) - 1, 12 * (len(corners) - 1) + 1)
    a, b = (np.interp(times, range(len(corners)), axis)[:, None] for axis in corners.T)
    example = np.array(case.example)
    first, *_, last = (layer.block for layer in layers_of(case.family) if layer.block)
    tensors = {
        f"{layer.block}.{tensor.name}": np.zeros((len(times), *tensor.shape), dtype=np.float32)
        for layer in layers_of(case.family)
        for tensor in layer.tensors
    }
    for name in tensors:
        if name.endswith("weight"):
            tensors[name][:] = 1
    tensors[f"{first}.weight"][:, 0] = a * example / (example @ example)
    tensors[f"{last}.weight"][:, :, 0] = b * np.array([0.5, -0.5, 0])
    tensors[f"{last}.bias"][:] = [0.5, 0.5, 0]
    return tensors


def one_unit(random: np.random.Generator) -> OneUnit:
    """Ends of one sign, of opposite signs, or a run and its image under the change of both signs."""
    left = ((1.0, -1.0), (1.0, 1.0))
    other = str(random.choice(["beside", "opposite", "image"], p=[0.3, 0.4, 0.3]))
    right = {
        "beside": ((1.0, -1.0), (1.1, -0.4), (1.0, 1.0)),
        "opposite": ((1.0, -1.0), (-1.0, -1.0)),
        "image": ((-1.0, 1.0), (-1.0, -1.0)),
    }[other]
    height = 0.0 if other == "beside" else UNIT
    return OneUnit(
        "one unit",
        str(random.choice(list(ONE_UNIT))),
        tuple(np.round(random.normal(size=4), 6).tolist()),
        (left, right),
        height,
        3 * UNIT if other == "image" else height,
        asked_near(random, height, 0.1),
    )
