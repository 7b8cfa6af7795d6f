"""A case of the calibration: two paths on a landscape under a relation, and what is known of the answer."""

from dataclasses import dataclass

import numpy as np

Path = list[list[float]]
NAMES = ("x", "y", "z", "w", "u", "v", "p", "q", "r", "s")
"""The variables of a landscape, in order."""


@dataclass(frozen=True)
class Case:
    """Two paths on a landscape over a box under a relation of some kind.

    `height` is the least slack at which the runs are dihomotopic, or the least level at which their ends are connected
    or their loop contracts; where `above` is given, it lies between `height` and `above`. Either is exact but for
    `margin`, by which the numbers that it is computed from may be off."""

    kind: str
    relation: str
    expression: str
    box: str
    left: Path
    right: Path
    height: float
    asked: float
    levels: tuple[float, float] | None = None
    margin: float = 1e-3
    above: float | None = None
    obstruct: str | None = None

    def __post_init__(self) -> None:
        """What is asked stays such that the levels say something."""
        if self.levels is not None:
            object.__setattr__(self, "asked", min(self.asked, 0.45 * (self.levels[0] - self.levels[1])))

    @property
    def known(self) -> tuple[float, float]:
        """The bounds of the height."""
        return self.height, self.height if self.above is None else self.above

    @property
    def text(self) -> str:
        """The specification that asks whether the runs are related within `asked`."""
        variables = NAMES[: len(self.left[0])]
        ends = "start", "end"
        levels = f", levels = {self.levels[1]:.12f}..{self.levels[0]:.12f}" if self.levels else ""
        levels += f", obstruct = {self.obstruct}" if self.obstruct else ""
        relation = {
            "dihomotopy": f"dihomotopy {{ slack = {self.asked:.12f}{levels} }}",
            "connected": f"connected {{ level = {self.asked:.12f} }}",
            "homotopy": f"homotopy {{ region = sublevel({self.asked:.12f}), close = segment{levels} }}",
        }[self.relation]
        return f"""
landscape l({", ".join(variables)}) on {self.box} = {self.expression}
category C {{
  object A = params(l)
  run left  : A@left_{ends[0]} -> A@left_{ends[1]} {{ path = {self.left} }}
  run right : A@right_{ends[0]} -> A@right_{ends[1]} {{ path = {self.right} }}
}}
relation r = {relation}
cell c : left => right by r
claim k : c
"""


def asked_near(random: np.random.Generator, height: float, scale: float) -> float:
    """A slack on either side of the height, at a distance of up to `scale`, half of them below where there is room."""
    below = random.random() < 0.5 and height > 0.02
    return float(height * random.uniform(0.2, 1.0)) if below else float(height + 0.01 + scale * random.random())


def rounded(points: np.ndarray) -> Path:
    return [[float(f"{value:.9f}") for value in point] for point in points]


def written(value: float) -> str:
    return f"{value:.12f}"
